package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
	"github.com/vpcgate/vpcgate/framework/record"
)

// envMain, in the environment of this test binary, makes it the program itself.
const envMain = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// started starts the program, in a process group of its own.
func started(t *testing.T, scenario, run, artifacts string) *exec.Cmd {
	t.Helper()
	return startedOn(t, "netns", scenario, run, artifacts)
}

func startedOn(t *testing.T, lab, scenario, run, artifacts string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/proc/self/exe", "run", scenario, "--lab", lab)
	c.Env = append(os.Environ(), envMain+"=1", config.EnvRun+"="+run, config.EnvArtifacts+"="+artifacts)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// waitingScenario is the example with a symptom that never comes, for which a run
// waits.
func waitingScenario(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(ownScenario)
	if err != nil {
		t.Fatal(err)
	}
	never := strings.Replace(string(text), "rule: sg/db-1/ingress/default-deny", "rule: sg/db-1/egress/default-deny", 1)
	if never == string(text) {
		t.Fatal("the example does not hold its symptom's rule")
	}
	path := filepath.Join(t.TempDir(), "waiting.yaml")
	if err := os.WriteFile(path, []byte(never), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// namespacesOf counts the network namespaces that a process holds open, or the one
// that an ordinary user's started in a user namespace.
func namespacesOf(pid int) int {
	held := map[string]bool{}
	for _, p := range append(childrenOf(pid), strconv.Itoa(pid)) {
		links, _ := filepath.Glob(filepath.Join("/proc", p, "fd", "*")) // the pattern is well formed
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "net:[") {
				held[target] = true
			}
		}
	}
	return len(held)
}

func childrenOf(pid int) []string {
	var all []string
	lists, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children")) // the pattern is well formed
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err == nil {
			all = append(all, strings.Fields(string(text))...)
		}
	}
	return all
}

// A run on netns that is killed in the middle of its work leaves nothing on the
// machine: the next run settles its ledger, which is clean.
func TestRun_thatIsKilledLeavesNothing(t *testing.T) {
	artifacts, waiting := t.TempDir(), waitingScenario(t)
	killed := []string{"killed-early", "killed-late"}
	for i, run := range killed {
		c := started(t, waiting, run, artifacts)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := poll.Until(ctx, time.Millisecond, func(context.Context) (bool, string, error) {
			n := namespacesOf(c.Process.Pid)
			return n > 1+2*i, fmt.Sprintf("it holds %d namespaces", n), nil
		})
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", run, err)
		}
		if err := syscall.Kill(-c.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			t.Fatalf("%s ended by itself", run)
		}
	}
	if err := started(t, ownScenario, "next", artifacts).Wait(); err != nil {
		t.Errorf("the next run: %v", err)
	}
	r, err := record.Read(filepath.Join(artifacts, "next", record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	if r.Ledger == nil || r.Ledger.Err() != nil {
		t.Errorf("the next run's own ledger: %+v", r.Ledger)
	}
	if len(r.Settled) != 1 || r.Settled[0].Run != killed[1] {
		t.Errorf("the next run settled %+v", r.Settled)
	}
	for i, run := range killed {
		text, err := os.ReadFile(filepath.Join(artifacts, run, host.SettledFile))
		if err != nil {
			t.Fatal(err)
		}
		var l ledger.Ledger
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		by := append(killed[1:], "next")[i]
		if l.Run != run || l.Settled != by || l.Err() != nil || len(l.Compared) < 8 {
			t.Errorf("%s, settled by %s: %v, compared %v, unread %v", run, l.Settled, l.Err(), l.Compared, l.Unread)
		}
		t.Logf("%s: %s", run, l)
	}
}
