package provision_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision"
	"github.com/vpcgate/vpcgate/framework/provision/place"
)

// What dead builds left goes; what was built stays, and so does all of a folder in
// which somebody builds.
func TestSweepBuilds_removes_what_dead_builds_left(t *testing.T) {
	cache := t.TempDir()
	rests := []string{"host/context-123/Dockerfile", "host/packages-4/all.tar", "service/packages-5/all.tar", "node/tmp/rootfs-6/etc"}
	kept := []string{"host/docker-0123.tar", "service/layer.tar", "node/components/rootfs-1"}
	for _, name := range slices.Concat(rests, kept) {
		path := filepath.Join(cache, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := place.Lock(t.Context(), filepath.Join(cache, "host", place.LockFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	removed, err := provision.SweepBuilds(cache)
	want := []string{filepath.Join(cache, "service/packages-5"), filepath.Join(cache, "node/tmp")}
	if err != nil || !slices.Equal(removed, want) {
		t.Errorf("removed %q, %v; want %q", removed, err, want)
	}
	unlock()
	removed, err = provision.SweepBuilds(cache)
	want = []string{filepath.Join(cache, "host/context-123"), filepath.Join(cache, "host/packages-4")}
	if err != nil || !slices.Equal(removed, want) {
		t.Errorf("then removed %q, %v; want %q", removed, err, want)
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(cache, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
}

// Where nothing was ever built there is nothing to do, and nothing is made.
func TestSweepBuilds_of_no_cache_makes_none(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "none")
	if removed, err := provision.SweepBuilds(cache); err != nil || len(removed) > 0 {
		t.Errorf("removed %q, %v", removed, err)
	}
	if _, err := os.Stat(cache); !os.IsNotExist(err) {
		t.Errorf("the cache was made: %v", err)
	}
}
