package nodeimage

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// storageManifest is what kind applies to every new cluster. A lab stores
// nothing, but kind refuses a manifest without an object.
const storageManifest = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
`

// compose puts the components together and loads the image into the engine.
func (b *builder) compose(ctx context.Context) error {
	dir, err := b.tempDir("image")
	if err != nil {
		return err
	}
	spec, err := b.containerSpec(ctx)
	if err != nil {
		return err
	}
	refs, err := os.ReadFile(filepath.Join(b.file("store"), "images.txt"))
	if err != nil {
		return err
	}
	pause := findImage(strings.Fields(string(refs)), "pause")
	fills := []struct {
		name string
		fill func(*layer) error
	}{
		{"rootfs", func(l *layer) error { return l.rootfs(b.file("rootfs")) }},
		{"node", func(l *layer) error { return l.node(b.in, spec, pause) }},
		{"programs", b.fillPrograms},
		{"store", func(l *layer) error {
			return l.tree("var/lib/containerd", filepath.Join(b.file("store"), "containerd"))
		}},
	}
	var files, digests []string
	for _, f := range fills {
		file := filepath.Join(dir, f.name+".tar")
		digest, err := writeLayer(file, f.fill)
		if err != nil {
			return err
		}
		files, digests = append(files, file), append(digests, digest)
	}
	return b.load(ctx, files, digests)
}

// fillPrograms writes the node's binaries and the links to them.
func (b *builder) fillPrograms(l *layer) error {
	for _, p := range programs() {
		if p.path == "" {
			continue
		}
		if err := l.copyFile(p.path, 0o755, b.file(p.name)); err != nil {
			return err
		}
	}
	for _, name := range []string{"kubelet", "kubeadm", "kubectl"} {
		if err := l.link("usr/bin/"+name, "kubernetes"); err != nil {
			return err
		}
	}
	return nil
}

// containerSpec returns the specification that every container of the node
// starts from: containerd's default, with kind's hook that hides the host's
// product name, and without limits that a node may not be allowed to set.
func (b *builder) containerSpec(ctx context.Context) ([]byte, error) {
	result, err := cmd.Run(ctx, cmd.Command{Name: b.file("ctr"), Args: []string{"oci", "spec"}})
	if err != nil {
		return nil, err
	}
	return editSpec([]byte(result.Stdout))
}

// editSpec adds kind's hook to a container specification and drops its limits.
func editSpec(text []byte) ([]byte, error) {
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("read container specification: %w", err)
	}
	if process, ok := spec["process"].(map[string]any); ok {
		delete(process, "rlimits")
	}
	hooks, ok := spec["hooks"].(map[string]any)
	if !ok {
		hooks = map[string]any{}
		spec["hooks"] = hooks
	}
	create, _ := hooks["createContainer"].([]any)
	hooks["createContainer"] = append(create, map[string]any{"path": "/kind/bin/mount-product-files.sh"})
	return json.MarshalIndent(spec, "", "  ")
}

// containerdConfig returns kind's containerd configuration for this node: with
// the pause image that kubeadm names, and without raising the priority of
// containers against the kernel's memory killer, which takes a capability that
// some hosts lack and which a lab does not need.
func containerdConfig(text, pause string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "sandbox_image ="):
			lines[i] = fmt.Sprintf("%ssandbox_image = %q", indent, pause)
		case strings.HasPrefix(strings.TrimSpace(line), "restrict_oom_score_adj ="):
			lines[i] = indent + "restrict_oom_score_adj = true"
		}
	}
	return strings.Join(lines, "\n")
}

// node writes what makes a Debian a kind node: the files of kind's base image
// as its own recipe places them, the units it enables and masks, and the files
// that kind reads from a node.
func (l *layer) node(in inputs, spec []byte, pause string) error {
	for _, name := range slices.Sorted(maps.Keys(in.kindFiles)) {
		content := in.kindFiles[name]
		if name == "etc/containerd/config.toml" {
			content = []byte(containerdConfig(string(content), pause))
		}
		mode := int64(0o644)
		if strings.HasPrefix(name, "usr/local/bin/") || strings.HasPrefix(name, "kind/bin/") {
			mode = 0o755
		}
		if err := l.text(name, mode, content); err != nil {
			return err
		}
	}
	texts := map[string]string{
		"etc/containerd/cri-base.json":          string(spec),
		"etc/systemd/journald.conf.d/kind.conf": "[Journal]\nReadKMsg=no\n",
		"kind/version":                          in.version,
		"kind/manifests/default-cni.yaml":       "",
		"kind/manifests/default-storage.yaml":   storageManifest,
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if err := l.text(name, 0o644, []byte(texts[name])); err != nil {
			return err
		}
	}
	return l.nodeLinks()
}

// nodeLinks writes the links that enable and mask units, and the first process.
func (l *layer) nodeLinks() error {
	const units = "etc/systemd/system/"
	links := map[string]string{
		"usr/sbin/init":                  "/usr/lib/systemd/systemd",
		units + "systemd-binfmt.service": "/dev/null", // it would register programs with the host's kernel
	}
	for _, unit := range []string{"kubelet.service", "containerd.service", "undo-mount-hacks.service"} {
		links[units+"multi-user.target.wants/"+unit] = "/" + units + unit
	}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if err := l.link(name, links[name]); err != nil {
			return err
		}
	}
	return l.dir("etc/kubernetes/manifests", 0o755)
}

// imageConfig returns the image's configuration, as kind's own has it.
func imageConfig(in inputs, digests []string) ([]byte, error) {
	config := v1.ConfigFile{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Config: v1.Config{
			Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "container=docker"},
			Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
			StopSignal: "SIGRTMIN+3", // systemd's order to power off
			Labels:     map[string]string{"dev.vpcgate.node": in.imageKey()},
		},
		RootFS: v1.RootFS{Type: "layers"},
	}
	for _, digest := range digests {
		hash, err := v1.NewHash(digest)
		if err != nil {
			return nil, err
		}
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, hash)
		config.History = append(config.History, v1.History{CreatedBy: "vpcgate"})
	}
	return json.Marshal(config)
}

// load hands the image to the engine as an archive with plain layers: nothing
// is compressed only to be unpacked again a moment later.
func (b *builder) load(ctx context.Context, files, digests []string) error {
	config, err := imageConfig(b.in, digests)
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(writeDockerArchive(write, b.in.ref(), config, files)) }() // it never fails
	_, err = cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"load", "--quiet"}, Stdin: read})
	return errors.Join(err, read.Close())
}

// writeDockerArchive writes an image in the form that `docker load` reads.
func writeDockerArchive(w io.Writer, ref string, config []byte, layers []string) error {
	sum := sha256.Sum256(config)
	configName := hex.EncodeToString(sum[:]) + ".json"
	type entry struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	manifest := []entry{{Config: configName, RepoTags: []string{ref}}}
	for _, file := range layers {
		manifest[0].Layers = append(manifest[0].Layers, path.Base(file))
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	l := &layer{tw: tar.NewWriter(w), dirs: map[string]bool{}}
	if err := errors.Join(l.text(configName, 0o644, config), l.text("manifest.json", 0o644, text)); err != nil {
		return err
	}
	for _, file := range layers {
		if err := l.copyFile(filepath.Base(file), 0o644, file); err != nil {
			return err
		}
	}
	return l.tw.Close()
}
