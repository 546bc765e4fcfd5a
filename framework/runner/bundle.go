package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// The names of what is in every bundle; a lab adds its own.
const (
	readmeFile     = "README.txt"
	worldFile      = "world.yaml"
	verdictFile    = "verdict.txt"
	incompleteFile = "incomplete.txt"
)

// readme explains a bundle to whoever finds it alone.
const readme = `What was collected when a scenario failed, before anything was undone.

verdict.txt      what was wanted, seen and predicted, with both paths
world.yaml       the world in which it failed; vpcgate reads it
repeat.txt       what came of the flow when it was asked once more
capture.pcapng   that one repetition at every hop on its way, for Wireshark; an
                 interface is a hop's device, "hop:device"; comments say where a rule
                 has dropped the flow
hops/HOP/        the state of each hop before the repetition: rules.nft with counters,
                 routes.txt with links and addresses, neighbours.txt, conntrack.txt
cluster/         on kind: events, pods and their logs
nodes/NODE/      on kind: what the node's services say
hosts/HOST/      on kind: what the host's containers say
incomplete.txt   what could not be collected, if anything

Passwords, tokens and keys are replaced by asterisks.
`

// bundle collects what explains a failure. Whatever happens here is noted in the
// bundle and changes nothing of the result but the list of files.
func (r *run) bundle(ctx context.Context) {
	if r.runner.Bundle == nil || r.result.Outcome != record.Failure {
		return
	}
	b := r.runner.Bundle(r.result)
	w := r.lab.World()
	if w.Name == "" {
		w = r.wanted // its adoption is what failed
	}
	b.Hide(passwords(w)...)
	check, found := r.result.FailedCheck()
	flow := r.scenario.Flow
	if found {
		flow = check.Observation.Flow
	}
	predicted := r.runner.Oracle.Predict(w, r.known(flow))
	hops := hopsOf(predicted, check.Observation)
	check.PredictedPath, check.Observation.Path = predicted.Path, check.Observation.Evidence.Seen()
	if check.Predicted.Kind == "" {
		check.Predicted = predicted.Verdict
	}
	errs := []error{
		b.Put(readmeFile, []byte(readme)),
		b.Put(verdictFile, []byte(record.BundleVerdict(r.result, check))),
		putWorld(b, w),
		r.collect(ctx, lab.Failing{Flow: flow, Title: r.title(flow), Hops: hops}, b),
	}
	if err := errors.Join(errs...); err != nil {
		// Where even this cannot be written, the report lists what was.
		_ = b.Put(incompleteFile, []byte(err.Error()+"\n"))
	}
	r.result.Bundle = b.Files()
}

// collect lets the lab show what the flow met. Who has ended the run does not wait for
// it.
func (r *run) collect(ctx context.Context, f lab.Failing, b *record.Bundle) error {
	c, ok := r.lab.(lab.Collector)
	switch {
	case !ok:
		return nil // on paper there is nothing to look at
	case ctx.Err() != nil:
		return fmt.Errorf("collect %s: the run was ended: %w", f.Flow, context.Cause(ctx))
	}
	limit := r.runner.Timing.Bundle
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("collecting took over %s", limit))
	defer cancel()
	return c.Collect(ctx, f, b)
}

func (r *run) title(f topology.Flow) string {
	reason, _, _ := strings.Cut(r.result.Reason, "\n")
	return fmt.Sprintf("%s, phase %s: %s: %s", r.result.Name(), r.result.Failed, f, reason)
}

func putWorld(b *record.Bundle, w topology.World) error {
	text, err := topology.MarshalYAML(w)
	if err != nil {
		return err
	}
	return b.Put(worldFile, text)
}

// passwords are those that a world's clients say and its managed services accept.
func passwords(w topology.World) []string {
	all := []string{topology.AppPassword}
	for _, h := range w.Hosts {
		if h.Managed != nil {
			all = append(all, h.Managed.Accepts())
		}
	}
	return all
}

// hopsOf lists the hops of a flow's way by all that is known of it, in order.
func hopsOf(predicted, seen verdict.Observation) []string {
	var all []string
	add := func(hop string) {
		if hop != "" && !slices.Contains(all, hop) {
			all = append(all, hop)
		}
	}
	for _, p := range []verdict.Path{predicted.Path, seen.Path} {
		for _, s := range slices.Concat(p.Forth, p.Back) {
			add(s.Hop)
		}
	}
	for _, s := range seen.Evidence.Sightings {
		add(s.Hop)
	}
	for _, c := range seen.Evidence.Rules {
		add(c.Hop)
	}
	return all
}
