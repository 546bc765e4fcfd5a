package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/ledger"
)

// What runs with a run's id is the run's, unless it is a container engine, or one of
// its containers: a run may have had to start that.
func TestProcesses(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep")
	}
	for _, row := range []struct {
		program string
		listed  bool
	}{{"sleep", true}, {"dockerd", false}, {"containerd-shim-runc-v2", false}} {
		program := filepath.Join(t.TempDir(), row.program)
		if err := os.Symlink(sleep, program); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), program, "60")
		c.Env = append(os.Environ(), config.EnvRun+"=some-run")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var s ledger.Snapshot
		processes(&s)
		is := func(e ledger.Entry) bool { return e.Name == strconv.Itoa(c.Process.Pid) && e.Run == "some-run" }
		if got := slices.ContainsFunc(s.Entries[ledger.Processes], is); got != row.listed {
			t.Errorf("%s: listed %t, want %t: %v", row.program, got, row.listed, s.Entries[ledger.Processes])
		}
		if err := c.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = c.Wait() // it was killed
	}
}
