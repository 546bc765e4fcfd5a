package nodeimage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/place"
)

// TestPrepareModule_real moves the module of components to another Kubernetes
// version and lets the Go command resolve every package of it.
func TestPrepareModule_real(t *testing.T) {
	version := os.Getenv("VPCGATE_TEST_MODULE")
	if version == "" {
		t.Skip("set VPCGATE_TEST_MODULE to a Kubernetes version to move the module of components to it")
	}
	source, err := place.Source()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBuilder(t.Context(), source, t.TempDir(), version, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.temp = t.TempDir()
	dir, err := b.prepareModule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if got := required(string(gomod), kubernetesModule); got != version {
		t.Errorf("the module is at %s", got)
	}
	t.Logf("etcd %s, coredns %s", required(string(gomod), etcdServer), required(string(gomod), corednsModule))
	if _, err := cmd.Run(t.Context(), goCommand(dir, "list", "-deps", "./...", etcdServer)); err != nil {
		t.Error(err)
	}
}
