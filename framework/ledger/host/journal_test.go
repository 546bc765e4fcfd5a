package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
)

func TestJournal_ofARunThatLives(t *testing.T) {
	root := t.TempDir()
	j, err := host.Open(t.Context(), filepath.Join(root, "one"), "one", ledger.Gone)
	if err != nil {
		t.Fatal(err)
	}
	if settled, err := host.Settle(t.Context(), root, "two"); err != nil || len(settled) > 0 {
		t.Errorf("a living run was settled: %v, %v", settled, err)
	}
	if _, err := host.Open(t.Context(), filepath.Join(root, "one"), "one", ledger.Gone); err == nil {
		t.Error("one folder has two ledgers")
	}
	l, err := j.Close(t.Context())
	if err != nil || l.Err() != nil || l.Run != "one" {
		t.Errorf("got %+v, %v", l, err)
	}
	if left, err := os.ReadDir(filepath.Join(root, "one")); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// What cannot be read, and what is of another start of the machine, is taken away.
func TestSettle_ofNothingToCompare(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"torn": `{"run":"torn","be`, "before-the-boot": `{"run":"old","boot":"another"}`} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name, "ledger-open.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if settled, err := host.Settle(t.Context(), root, "next"); err != nil || len(settled) > 0 {
		t.Errorf("got %v, %v", settled, err)
	}
	if left, err := filepath.Glob(filepath.Join(root, "*", "*")); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}
