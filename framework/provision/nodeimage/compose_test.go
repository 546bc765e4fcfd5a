package nodeimage

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContainerdConfig_namesThePauseImage(t *testing.T) {
	t.Parallel()
	got := containerdConfig("  # x\n  sandbox_image = \"a\"\n  restrict_oom_score_adj = false\nend\n", "r/pause:3")
	if want := "  # x\n  sandbox_image = \"r/pause:3\"\n  restrict_oom_score_adj = true\nend\n"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestEditSpec_addsTheHookAndDropsLimits(t *testing.T) {
	t.Parallel()
	got, err := editSpec([]byte(`{"process":{"cwd":"/","rlimits":[1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, got); err != nil {
		t.Fatal(err)
	}
	want := `{"hooks":{"createContainer":[{"path":"/kind/bin/mount-product-files.sh"}]},"process":{"cwd":"/"}}`
	if compact.String() != want {
		t.Errorf("got %s", compact.String())
	}
}

func TestUnwanted_keepsWhatANodeNeeds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"dev/null":           true,
		"etc/resolv.conf":    true,
		"usr/bin/perl":       false,
		"usr/share/perl/5/x": true,
		"usr/share/perl":     false,
		"usr/lib/systemd/system/sysinit.target.wants/systemd-sysctl.service":         false,
		"usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service": true,
		"usr/lib/systemd/system/multi-user.target.wants/getty.target":                true,
		"usr/lib/systemd/system/sockets.target.wants/systemd-journald.socket":        false,
		"usr/lib/systemd/system/sockets.target.wants/systemd-udevd-control.socket":   true,
		"usr/lib/x86_64-linux-gnu/gconv/UTF-7.so":                                    true,
		"etc/systemd/system/getty.target.wants/getty@tty1.service":                   true,
		"usr/lib/x86_64-linux-gnu/perl-base/strict.pm":                               false,
		"usr/lib/x86_64-linux-gnu/xtables/libxt_statistic.so":                        false,
	} {
		if got := unwanted(name); got != want {
			t.Errorf("%s: unwanted is %t", name, got)
		}
	}
}

func TestComponentPlan_sharesTheBinary(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"registry.k8s.io/kube-proxy:v1", "registry.k8s.io/kube-apiserver:v1"} {
		if plan := componentPlan(imageName(ref)); plan.layers[0] != "shared" {
			t.Errorf("%s: %v", ref, plan.layers)
		}
	}
	if plan := componentPlan(imageName("registry.k8s.io/coredns/coredns:v1")); plan.layers[0] != "coredns" || plan.entrypoint == nil {
		t.Errorf("got %+v", plan)
	}
	if got := findImage([]string{"r/etcd:3", "r/pause:3.10"}, "pause"); got != "r/pause:3.10" {
		t.Errorf("got %q", got)
	}
}

func TestWriteLayer_isEqualForEqualContents(t *testing.T) {
	t.Parallel()
	fill := func(l *layer) error {
		return errors.Join(l.text("a/b/c", 0o644, []byte("x")), l.link("a/d", "b"), l.dir("a/b", 0o755))
	}
	dir := t.TempDir()
	one, err := writeLayer(filepath.Join(dir, "1"), fill)
	if err != nil {
		t.Fatal(err)
	}
	two, err := writeLayer(filepath.Join(dir, "2"), fill)
	if err != nil || one != two {
		t.Errorf("got %s and %s, %v", one, two, err)
	}
	if got := names(t, filepath.Join(dir, "1")); got != "a/ a/b/ a/b/c a/d" {
		t.Errorf("got %s", got)
	}
}

func TestWriteDockerArchive_namesImageAndLayers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	layerFile := filepath.Join(dir, "one.tar")
	if _, err := writeLayer(layerFile, func(l *layer) error { return l.text("f", 0o644, nil) }); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writeDockerArchive(out, "r:t", []byte(`{}`), []string{layerFile}), out.Close()); err != nil {
		t.Fatal(err)
	}
	if got := names(t, out.Name()); !strings.HasSuffix(got, ".json manifest.json one.tar") {
		t.Errorf("got %s", got)
	}
}

func TestNode_enablesWhatKindEnables(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "node")
	if _, err := writeLayer(file, func(l *layer) error { return l.node(testInputs(), []byte("{}"), "pause") }); err != nil {
		t.Fatal(err)
	}
	got := names(t, file)
	for _, want := range []string{
		"kind/version", "kind/manifests/default-storage.yaml", "usr/sbin/init", "etc/kubernetes/manifests/",
		"etc/systemd/system/multi-user.target.wants/kubelet.service",
	} {
		if !strings.Contains(" "+got+" ", " "+want+" ") {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
}

// names returns the entries of a tar file, in their order.
func names(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var all []string
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(all, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h.Name)
	}
}
