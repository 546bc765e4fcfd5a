//go:build kind

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
)

// TestLiveKilled kills a run on kind while its containers are made. The next run
// sweeps after it and settles its ledger, which is clean. It needs an engine and
// minutes, so it runs only when asked for: -tags kind.
func TestLiveKilled(t *testing.T) {
	const run = "killed-on-kind"
	artifacts, timing := t.TempDir(), config.DefaultTiming()
	c := startedOn(t, "kind", ownScenario, run, artifacts)
	ctx, cancel := context.WithTimeout(t.Context(), timing.Provision+timing.OpenKind)
	defer cancel()
	err := poll.Until(ctx, timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		n := 0
		for _, e := range host.Take(ctx).Entries[ledger.Containers] {
			if e.Run == run {
				n++
			}
		}
		return n > 1, fmt.Sprintf("it has %d containers", n), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(-c.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Fatal("the run ended by itself")
	}
	if err := startedOn(t, "kind", ownScenario, "next-on-kind", artifacts).Wait(); err != nil {
		t.Errorf("the next run: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(artifacts, run, host.SettledFile))
	if err != nil {
		t.Fatal(err)
	}
	var l ledger.Ledger
	if err := json.Unmarshal(text, &l); err != nil {
		t.Fatal(err)
	}
	if err := l.Err(); err != nil || l.Settled != "next-on-kind" || l.Compared[ledger.Containers] < 0 {
		t.Errorf("settled by %s: %v", l.Settled, err)
	}
	t.Logf("%s\n%s", l, text)
}
