package kindlab

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestState_is_held_by_one_at_a_time(t *testing.T) {
	t.Parallel()
	s := newState(t.TempDir(), "vpcgate-tunnel-r1")
	held, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.make(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.lock(); !errors.Is(err, ErrInUse) {
		t.Errorf("second lock: %v", err)
	}
	if s.isReady() || s.markReady() != nil || !s.isReady() {
		t.Error("readiness is not noted")
	}
	if err := errors.Join(s.remove(), held.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	again, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestCheckSockets_reports_a_path_that_is_too_long(t *testing.T) {
	t.Parallel()
	w := worlds.OneVPC(topology.Tunnel)
	if err := checkSockets(newState(DefaultState, keptName(topology.Tunnel, "01234567")), w); err != nil {
		t.Error(err)
	}
	if err := checkSockets(newState("/"+strings.Repeat("x", 90), "c"), w); err == nil {
		t.Error("a path of over 107 bytes passes")
	}
}

func TestConcurrently_reports_the_cause_and_not_its_echoes(t *testing.T) {
	t.Parallel()
	cause := errors.New("the disk is full")
	err := concurrently(t.Context(),
		func(context.Context) error { return cause },
		func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
		func(ctx context.Context) error { <-ctx.Done(); return nil })
	if err == nil || err.Error() != "the disk is full" {
		t.Errorf("got %v", err)
	}
}
