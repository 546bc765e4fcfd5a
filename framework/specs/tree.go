package specs

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Priorities order the labs: results of the fast ones come first, and a broken
// catalogue is seen before a cluster is made.
const (
	firstPriority  = 3
	secondPriority = 2
	lastPriority   = 1
)

// build makes the tree of all specs that the settings select.
func (s *session) build() {
	ginkgo.SynchronizedBeforeSuite(s.beginRun, s.joinRun, ginkgo.NodeTimeout(s.settings.Timing.Sweep))
	if s.settings.Has(lab.Paper) {
		ginkgo.Describe("on paper", ginkgo.SpecPriority(firstPriority), func() { s.independent(lab.Paper, s.openPaper) })
	}
	if s.settings.Has(lab.Netns) {
		ginkgo.Describe("on netns", ginkgo.SpecPriority(secondPriority), func() { s.independent(lab.Netns, s.openNetns) })
	}
	if s.settings.Has(lab.Kind) {
		ginkgo.Describe("on kind", ginkgo.SpecPriority(lastPriority), func() {
			for _, m := range s.settings.Modes {
				s.cluster(m)
			}
		})
	}
	ginkgo.AfterSuite(s.cool, ginkgo.NodeTimeout(s.settings.Timing.Close))
	ginkgo.ReportAfterSuite("report", s.report)
}

// opener opens a lab for one spec.
type opener func(ctx context.Context, spec string) (lab.Lab, error)

func (s *session) openPaper(context.Context, string) (lab.Lab, error) {
	return s.suite.Labs.Paper(), nil
}

func (s *session) openNetns(ctx context.Context, spec string) (lab.Lab, error) {
	t := s.settings.Timing
	ctx, cancel := context.WithTimeoutCause(ctx, t.OpenNetns, fmt.Errorf("opening the netns lab took over %s", t.OpenNetns))
	defer cancel()
	return s.suite.Labs.Netns(ctx, s.settings, spec)
}

// independent makes the specs of a lab that is so cheap that each scenario gets
// its own.
func (s *session) independent(l lab.Name, open opener) {
	for _, m := range s.settings.Modes {
		for _, c := range s.wanted(m, l) {
			ginkgo.It(Text(c, m, l), labels(c, m, l), ginkgo.SpecTimeout(s.settings.Timing.Scenario), func(ctx ginkgo.SpecContext) {
				s.conclude(ctx, s.runAlone(ctx, c, m, l, open))
			})
		}
	}
}

// runAlone takes a scenario through its phases on a lab that no other process
// uses. A netns lab serves one scenario after the other, as a cluster does: each
// adopts its own healthy world by difference, since the kernel takes far longer
// to remove a world of namespaces than to change one. A scenario that is no
// success takes its lab with it.
func (s *session) runAlone(ctx context.Context, c scenario.Scenario, m topology.Mode, l lab.Name, open opener) record.Result {
	if l == lab.Netns && s.settings.Keep == config.TakeDown {
		return s.runWarm(ctx, c, m, open)
	}
	opened, err := open(ctx, c.ID+"-"+string(m))
	if err != nil {
		return notOpened(c, m, l, err)
	}
	if s.settings.Keep == config.TakeDown || l == lab.Paper {
		return s.runner(c, m, l).RunAndClose(ctx, c, m, opened)
	}
	result := s.try(ctx, c, m, opened)
	s.served(opened)
	s.keep(opened)
	// What is kept stays; what is only this process's own goes, and has to.
	if err := opened.Close(context.WithoutCancel(ctx)); err != nil && result.Outcome != record.Failure {
		result.Outcome, result.Failed, result.Class, result.Reason = record.Failure, record.Close, record.Leak, "leak: "+err.Error()
	}
	return result
}

// try takes a lab through a scenario, by its phases or by what the suite does instead.
func (s *session) try(ctx context.Context, c scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	if s.suite.Trials != nil {
		return s.suite.Trials.Run(ctx, s.settings.ArtifactDir(), c, m, l)
	}
	return s.runner(c, m, l.Name()).Run(ctx, c, m, l)
}

func (s *session) runWarm(ctx context.Context, c scenario.Scenario, m topology.Mode, open opener) record.Result {
	if s.warm == nil {
		opened, err := open(ctx, c.ID+"-"+string(m))
		if err != nil {
			return notOpened(c, m, lab.Netns, err)
		}
		s.warm = opened
	}
	used := s.warm
	// Whatever ends the spec in the middle, the lab is then nobody's.
	s.warm = nil
	result := s.try(ctx, c, m, used)
	s.served(used)
	if result.Outcome == record.Success {
		s.warm = used
		return result
	}
	if err := used.Close(context.WithoutCancel(ctx)); err != nil {
		result.Reason += "\nleak: " + err.Error()
		if result.Outcome != record.Failure || s.interrupted(ctx) {
			result.Outcome, result.Failed, result.Class = record.Failure, record.Close, record.Leak
		}
	}
	return result
}

// cool closes the lab that this process has used for its scenarios.
func (s *session) cool(ctx ginkgo.SpecContext) {
	if s.warm == nil {
		return
	}
	used := s.warm
	s.warm = nil
	if err := used.Close(ctx); err != nil {
		s.trouble(record.Trouble("closing of the lab", "", lab.Netns, err))
	}
}

// notOpened is the result of a scenario whose lab could not be opened.
func notOpened(c scenario.Scenario, m topology.Mode, l lab.Name, err error) record.Result {
	r := record.NotRunBecause(c, m, l, err.Error())
	if !errors.Is(err, lab.ErrCannotHost) {
		r.Outcome, r.Failed, r.Class, r.Reason = record.Failure, record.Preflight, record.BrokenLab, "lab error: "+err.Error()
	}
	return r
}

func (s *session) runner(c scenario.Scenario, m topology.Mode, l lab.Name) runner.Runner {
	timing := s.settings.Timing
	if l == lab.Paper {
		timing = config.PaperTiming()
	}
	return runner.Runner{
		Oracle: s.suite.Labs.Oracle, Timing: timing, Diagnose: diagnosed(l),
		OnPhase: func(p record.Phase) {
			ginkgo.GinkgoWriter.Printf("phase %s\n", p)
			s.teller.phase(c, m, l, p)
		},
		Bundle: func(r record.Result) *record.Bundle { return record.OpenBundle(s.settings.ArtifactDir(), r) },
	}
}

// conclude hands a result to the report and tells Ginkgo how the spec ended.
func (s *session) conclude(ctx context.Context, r record.Result) {
	ginkgo.GinkgoHelper()
	if r.Outcome == record.Failure && r.Failed != record.Close && s.interrupted(ctx) {
		// It was not judged. What it could not take down is a failure all the same.
		r.Outcome, r.Reason, r.Failed, r.Class = record.NotRun, fmt.Sprintf("interrupted in phase %s", r.Failed), "", ""
	}
	enter(entryResult, r)
	s.teller.result(r, s.lookAt())
	switch r.Outcome {
	case record.Success:
	case record.NotRun:
		ginkgo.Skip(r.Reason)
	default:
		ginkgo.Fail(record.FailureBlock(r, s.lookAt()))
	}
}

// served notes what has served in a lab.
func (s *session) served(l lab.Lab) {
	x, ok := l.(lab.Served)
	if !ok {
		return
	}
	var all []record.Service
	for _, p := range x.Programs() {
		all = append(all, record.Service{Lab: l.Name(), Program: p})
	}
	if len(all) > 0 {
		enter(entryServed, all)
	}
}

// keep notes how to enter a lab that stays.
func (s *session) keep(l lab.Lab) {
	if k, ok := l.(lab.Keeper); ok {
		enter(entryKept, k.Enter())
	}
}
