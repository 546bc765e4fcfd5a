package specs

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// absence says why a lab had no results in a mode.
type absence struct {
	Lab    lab.Name      `json:"lab"`
	Mode   topology.Mode `json:"mode"`
	Reason string        `json:"reason"`
}

// cluster makes the specs of one mode's cluster. They form one ordered
// container, which one process runs as a whole: with two processes the two
// clusters are made and used side by side. A failure does not stop the next
// scenario, since each one adopts its own healthy world first.
func (s *session) cluster(m topology.Mode) {
	wanted := s.wanted(m, lab.Kind)
	if len(wanted) == 0 {
		return
	}
	timing := s.settings.Timing
	ginkgo.Describe("cluster "+string(m), ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		var opened lab.Lab
		var passed []scenario.Scenario
		ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) {
			// Always born into the same world, whatever is selected, so that a kept
			// cluster serves every later run.
			worlds := []topology.World{s.suite.Catalogue[0].World(m)}
			for _, c := range wanted {
				of, err := s.suite.worlds(c, m, lab.Kind)
				if err == nil { // else the scenario itself reports it
					worlds = append(worlds, of...)
				}
			}
			opened = s.openCluster(ctx, worlds, m)
		}, ginkgo.NodeTimeout(timing.Provision+timing.OpenKind))
		for _, c := range wanted {
			ginkgo.It(Text(c, m, lab.Kind), labels(c, m, lab.Kind), func(ctx ginkgo.SpecContext) {
				// A deadline of the node's own would also cover the cluster's making.
				ctx2, cancel := context.WithTimeoutCause(ctx, timing.Scenario, fmt.Errorf("the scenario took over %s", timing.Scenario))
				defer cancel()
				result := s.try(ctx2, c, m, opened)
				s.served(opened)
				if result.Outcome == record.Success {
					passed = append(passed, c)
				}
				s.conclude(ctx, result)
			})
		}
		ginkgo.AfterAll(func(ctx ginkgo.SpecContext) {
			err := s.bite(ctx, m, opened, passed)
			s.closeCluster(ctx, m, opened)
			if err != nil {
				s.trouble(record.Trouble("teeth of the lab", m, lab.Kind, err))
			}
		}, ginkgo.NodeTimeout(timing.Scenario+timing.Close))
	})
}

func (s *session) openCluster(ctx context.Context, worlds []topology.World, m topology.Mode) lab.Lab {
	ginkgo.GinkgoHelper()
	s.teller.doing(fmt.Sprintf("opening the kind lab, %s", m))
	cluster, err := s.suite.Labs.Kind(ctx, s.settings, worlds, m, s.teller.tell)
	if err == nil {
		enter(entryFacts, cluster.Facts)
		return cluster.Lab
	}
	if s.interrupted(ctx) {
		enter(entryAbsence, absence{Lab: lab.Kind, Mode: m, Reason: "interrupted while the lab was opened"})
		ginkgo.Fail(err.Error())
	}
	enter(entryAbsence, absence{Lab: lab.Kind, Mode: m, Reason: err.Error()})
	if errors.Is(err, lab.ErrCannotHost) {
		s.teller.tell(fmt.Sprintf("kind %s: not run: %v", m, err))
		ginkgo.Skip(err.Error())
	}
	s.trouble(record.Trouble("set-up of the lab", m, lab.Kind, err))
	return nil
}

func (s *session) closeCluster(ctx context.Context, m topology.Mode, opened lab.Lab) {
	ginkgo.GinkgoHelper()
	if opened == nil {
		return
	}
	if s.settings.Keep == config.KeepLabs {
		s.keep(opened)
	}
	s.teller.doing(fmt.Sprintf("closing the kind lab, %s", m))
	if err := opened.Close(ctx); err != nil {
		s.trouble(record.Trouble("closing of the lab", m, lab.Kind, err))
	}
}

// trouble reports a failure of the run itself and ends the node.
func (s *session) trouble(r record.Result) {
	ginkgo.GinkgoHelper()
	enter(entryTrouble, r)
	s.teller.result(r, s.lookAt())
	ginkgo.Fail(r.Reason)
}
