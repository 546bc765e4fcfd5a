package nodeimage

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// imageNameAnnotation is what containerd reads an image's name from.
const imageNameAnnotation = "io.containerd.image.name"

// sharedBinary is where the images of the Kubernetes components have the one
// binary that each is a link to.
const sharedBinary = "usr/local/bin/kubernetes"

// listImages asks kubeadm which images a cluster of its version starts.
func (b *builder) listImages(ctx context.Context) ([]string, error) {
	dir, err := b.tempDir("kubeadm")
	if err != nil {
		return nil, err
	}
	kubeadm := filepath.Join(dir, "kubeadm")
	if err := os.Symlink(b.file("kubernetes"), kubeadm); err != nil {
		return nil, err
	}
	result, err := cmd.Run(ctx, cmd.Command{Name: kubeadm, Args: []string{"config", "images", "list", "--kubernetes-version", b.in.version}})
	if err != nil {
		return nil, err
	}
	return strings.Fields(result.Stdout), nil
}

// imageName returns the last element of an image's path, without its tag.
func imageName(ref string) string {
	name := ref[strings.LastIndex(ref, "/")+1:]
	name, _, _ = strings.Cut(name, ":")
	return name
}

// findImage returns the reference of the image with the name, "" if none.
func findImage(refs []string, name string) string {
	for _, ref := range refs {
		if imageName(ref) == name {
			return ref
		}
	}
	return ""
}

// componentLayers says which layer files an image consists of, and how it
// starts. Layers are named, so that images can share them.
type componentLayers struct {
	layers     []string
	entrypoint []string
}

// componentPlan returns what the image of each name is made of. An unknown
// name has no layers.
func componentPlan(name string) componentLayers {
	switch name {
	case "kube-apiserver", "kube-controller-manager", "kube-scheduler":
		return componentLayers{layers: []string{"shared", name}}
	case "kube-proxy":
		return componentLayers{layers: []string{"shared", "netfilter", name}}
	case "etcd":
		return componentLayers{layers: []string{name}}
	case "coredns", "pause":
		return componentLayers{layers: []string{name}, entrypoint: []string{"/usr/local/bin/" + name}}
	default:
		return componentLayers{}
	}
}

// fillComponent writes the named layer.
func (b *builder) fillComponent(l *layer, name string) error {
	switch name {
	case "shared":
		if err := l.dir("tmp", 0o1777); err != nil {
			return err
		}
		return l.copyFile(sharedBinary, 0o755, b.file("kubernetes"))
	case "netfilter":
		files, err := netfilterFiles(b.file("rootfs"))
		if err != nil {
			return err
		}
		return l.netfilter(files)
	case "etcd", "coredns", "pause":
		return l.copyFile("usr/local/bin/"+name, 0o755, b.file(name))
	default:
		return l.link("usr/local/bin/"+name, filepath.Base(sharedBinary))
	}
}

// buildStore makes the node's image store: every image that kubeadm names, in
// the folders of a containerd that has imported them.
func (b *builder) buildStore(ctx context.Context, out string) error {
	dir, err := b.tempDir("store")
	if err != nil {
		return err
	}
	refs, err := b.listImages(ctx)
	if err != nil {
		return err
	}
	archive := filepath.Join(dir, "images.tar")
	if err := b.writeArchive(dir, archive, refs); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(out, "containerd"), 0o700); err != nil {
		return err
	}
	_, err = cmd.Run(ctx, cmd.Command{
		Name: b.file("imagestore"), Args: []string{"-root", filepath.Join(out, "containerd"), "-archive", archive},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "images.txt"), []byte(strings.Join(refs, "\n")+"\n"), 0o644)
}

// writeArchive writes the images as one OCI layout in a tar file.
func (b *builder) writeArchive(dir, archive string, refs []string) error {
	index, err := layout.Write(filepath.Join(dir, "layout"), empty.Index)
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	layers := map[string]v1.Layer{}
	platform := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	for _, ref := range refs {
		plan := componentPlan(imageName(ref))
		if len(plan.layers) == 0 {
			return fmt.Errorf("kubeadm names image %s, of which no component is known", ref)
		}
		for _, name := range plan.layers {
			if layers[name] != nil {
				continue
			}
			if layers[name], err = b.componentLayer(dir, name); err != nil {
				return err
			}
		}
		image, err := componentImage(plan, layers, platform)
		if err != nil {
			return fmt.Errorf("make image %s: %w", ref, err)
		}
		options := []layout.Option{layout.WithAnnotations(map[string]string{imageNameAnnotation: ref}), layout.WithPlatform(platform)}
		if err := index.AppendImage(image, options...); err != nil {
			return fmt.Errorf("add image %s: %w", ref, err)
		}
	}
	return tarFolder(filepath.Join(dir, "layout"), archive)
}

// componentLayer writes the named layer and returns it, to be compressed with
// zstd: the node unpacks it while its cluster waits.
func (b *builder) componentLayer(dir, name string) (v1.Layer, error) {
	file := filepath.Join(dir, name+".layer.tar")
	if _, err := writeLayer(file, func(l *layer) error { return b.fillComponent(l, name) }); err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromFile(file, tarball.WithCompression(compression.ZStd), tarball.WithMediaType(types.OCILayerZStd))
	if err != nil {
		return nil, fmt.Errorf("make layer %s: %w", name, err)
	}
	return l, nil
}

// componentImage makes one image of the layers that its plan names.
func componentImage(plan componentLayers, layers map[string]v1.Layer, platform v1.Platform) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	var add []mutate.Addendum
	for _, name := range plan.layers {
		add = append(add, mutate.Addendum{Layer: layers[name], MediaType: types.OCILayerZStd})
	}
	image, err := mutate.Append(image, add...)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = platform.OS, platform.Architecture
	config.Config.Env = []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	config.Config.Entrypoint = plan.entrypoint
	return mutate.ConfigFile(image, config)
}

// tarFolder writes the files below a folder as a tar file.
func tarFolder(from, to string) (err error) {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tw := tar.NewWriter(f)
	if err := tw.AddFS(os.DirFS(from)); err != nil {
		return fmt.Errorf("archive %s: %w", from, err)
	}
	return tw.Close()
}
