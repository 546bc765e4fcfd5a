package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// shown is a fake that can be looked at.
type shown struct {
	*fake
	fails   error
	looked  []lab.Failing
	bounded bool
	world   string // that was adopted then
}

func (s *shown) Collect(ctx context.Context, f lab.Failing, into lab.Files) error {
	s.looked = append(s.looked, f)
	_, s.bounded = ctx.Deadline()
	s.world = s.World().Name
	if s.hasRule("sg-n", "in") {
		s.world += ", healthy"
	}
	return errors.Join(into.Put("hops/vpc/rules.nft", []byte("password: vpcgate-app")), s.fails)
}

func bundling(t *testing.T) (runner.Runner, string) {
	t.Helper()
	dir := t.TempDir()
	r := newRunner()
	r.Bundle = func(result record.Result) *record.Bundle { return record.OpenBundle(dir, result) }
	return r, dir
}

func inBundle(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "bundles", "SG-999-routed-netns", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// undone answers as if the fault had no effect.
func undone(f *fake) *fake {
	f.bend = always(f, verdict.ReachedAs("pod-a"), func() bool { return !f.hasRule("sg-n", "in") })
	return f
}

// A failure is looked at once, in the world in which it failed; a success is not.
func TestRun_collects_a_failure_and_no_success(t *testing.T) {
	r, dir := bundling(t)
	l := &shown{fake: newFake()}
	if got := r.Run(t.Context(), small(), topology.Routed, l); got.Outcome != record.Success || got.Bundle != nil || len(l.looked) > 0 {
		t.Errorf("got %s with %q, looked at %v", got.Outcome, got.Bundle, l.looked)
	}
	if _, err := os.Stat(filepath.Join(dir, "bundles")); !os.IsNotExist(err) {
		t.Errorf("a success has left a bundle: %v", err)
	}
	l = &shown{fake: undone(newFake())}
	got := r.Run(t.Context(), small(), topology.Routed, l)
	if got.Failed != record.Symptom || len(l.looked) != 1 || !l.bounded || l.world != small().World(topology.Routed).Name {
		t.Fatalf("failed in %s, looked at %v in %q", got.Failed, l.looked, l.world)
	}
	at := l.looked[0]
	if at.Flow != small().Flow || !slices.Contains(at.Hops, "vpc") || !strings.Contains(at.Title, "SG-999 [routed] [netns], phase symptom") {
		t.Errorf("looked at %+v", at)
	}
	var names []string
	for _, f := range got.Bundle {
		names = append(names, strings.TrimPrefix(f, "bundles/SG-999-routed-netns/"))
	}
	if want := []string{"README.txt", "hops/vpc/rules.nft", "verdict.txt", "world.yaml"}; !slices.Equal(names, want) {
		t.Errorf("the bundle has %q, want %q", names, want)
	}
	if text := inBundle(t, dir, "hops/vpc/rules.nft"); text != "password: ***********" {
		t.Errorf("a password is in the bundle: %s", text)
	}
	if w, err := topology.ParseYAML([]byte(inBundle(t, dir, "world.yaml"))); err != nil || w.Name != l.world {
		t.Errorf("the world is %q, %v", w.Name, err)
	}
	text := inBundle(t, dir, "verdict.txt")
	for _, want := range []string{"want      dropped at vpc", "got       reached", "dropped by sg/ecs-n/ingress/default-deny", "in the lab"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// What could not be collected is noted in the bundle, and the failure stays the first
// one.
func TestRun_notes_what_could_not_be_collected(t *testing.T) {
	r, dir := bundling(t)
	plain := newRunner().Run(t.Context(), small(), topology.Routed, undone(newFake()))
	l := &shown{fake: undone(newFake()), fails: errors.New("no packet socket")}
	got := r.Run(t.Context(), small(), topology.Routed, l)
	if got.Reason != plain.Reason || got.Class != plain.Class || got.Failed != plain.Failed {
		t.Errorf("the failure became %q in %s, was %q in %s", got.Reason, got.Failed, plain.Reason, plain.Failed)
	}
	if text := inBundle(t, dir, "incomplete.txt"); text != "no packet socket\n" {
		t.Errorf("noted %q", text)
	}
}

// A world that could not be adopted is in the bundle, and its main flow is looked at.
func TestRun_collects_where_nothing_was_asked(t *testing.T) {
	r, dir := bundling(t)
	l := &shown{fake: newFake()}
	l.adopt = func(int, *topology.World) error { return errors.New("no room") }
	got := r.Run(t.Context(), small(), topology.Routed, l)
	if got.Failed != record.Adopt || len(l.looked) != 1 || l.looked[0].Flow != small().Flow {
		t.Errorf("failed in %s, looked at %v", got.Failed, l.looked)
	}
	if w, err := topology.ParseYAML([]byte(inBundle(t, dir, "world.yaml"))); err != nil || w.Name != small().World(topology.Routed).Name {
		t.Errorf("the world is %q, %v", w.Name, err)
	}
}

// Who has ended a run does not wait, and what a lab cannot host is no failure.
func TestRun_collects_nothing_of_what_was_ended(t *testing.T) {
	r, dir := bundling(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	l := &shown{fake: newFake()}
	l.bend = func(int, *verdict.Observation) error {
		cancel(errors.New("asked to stop"))
		return context.Canceled
	}
	if got := r.Run(ctx, small(), topology.Routed, l); got.Outcome != record.Failure || len(l.looked) > 0 {
		t.Errorf("got %s, looked at %v", got.Outcome, l.looked)
	}
	if text := inBundle(t, dir, "incomplete.txt"); !strings.Contains(text, "asked to stop") {
		t.Errorf("noted %q", text)
	}
	l = &shown{fake: newFake()}
	l.adopt = func(int, *topology.World) error { return lab.ErrCannotHost }
	if got := r.Run(t.Context(), small(), topology.Routed, l); got.Outcome != record.NotRun || got.Bundle != nil {
		t.Errorf("got %s with %q", got.Outcome, got.Bundle)
	}
}

// On paper there is nothing to look at but the world and the verdict.
func TestRun_bundles_a_failure_on_paper(t *testing.T) {
	r, _ := bundling(t)
	s := small()
	s.Remedy.Routed = admit("sg-k", "harmless")
	got := r.Run(t.Context(), s, topology.Routed, paperlab.New())
	if got.Failed != record.Remedy || len(got.Bundle) != 3 {
		t.Errorf("failed in %s with %q", got.Failed, got.Bundle)
	}
}
