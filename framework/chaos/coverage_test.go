package chaos_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/draws"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// cannotShow says of which kinds of faults no traffic can tell anything on a lab in a mode, and why.
func cannotShow(l lab.Name, m topology.Mode) map[string]string {
	all := inMode()[m]
	if l == lab.Netns {
		all[string(chaos.DNSGone)] = "no stage that namespaces can host has a DNS"
		for _, k := range []chaos.Kind{chaos.KubeletStopped, chaos.ProxyStopped, chaos.APIUnreachable} {
			all[string(k)] = "namespaces have no management plane"
		}
	}
	return all
}

func inMode() map[topology.Mode]map[string]string {
	const hidden = "who leaves the cluster does it with his node's address, so that nobody outside has a way, rule or bridge for the containers'"
	return map[topology.Mode]map[string]string{
		topology.Tunnel: {
			string(chaos.EngineConflict):    hidden,
			string(chaos.EngineGrew):        hidden,
			string(chaos.CIDRExpanded):      "the cloud expands routed clusters only",
			string(chaos.MasqueradeChanged): "a tunnel cluster has no nonMasqueradeCIDRs",
			string(chaos.SourceCheckOn):     "a node sends with no address but its own",
		},
		topology.Routed: {
			string(chaos.OverlayDropped): "a routed cluster has no overlay",
		},
	}
}

// Every kind of fault is drawn for each lab in each mode in which it can show, and in no other.
func TestDraw_draws_every_kind_in_each_mode(t *testing.T) {
	for _, l := range []lab.Name{lab.Netns, lab.Kind} {
		for _, m := range topology.Modes() {
			d := drawing().On(l)
			d.Stages, d.Quick = stages.Of(m), 70*ms
			drawsEveryKind(t, d, l, m)
		}
	}
}

func drawsEveryKind(t *testing.T, d chaos.Drawing, l lab.Name, m topology.Mode) {
	drawn, hidden := map[string]int{}, cannotShow(l, m)
	missing := func() bool {
		return slices.ContainsFunc(config.Budgets(), func(b config.Budget) bool { return drawn[b.Fault] == 0 && hidden[b.Fault] == "" })
	}
	for n := uint64(0); n < 300 && missing(); n++ {
		for _, step := range d.Draw(draws.Number(5, n)).Steps {
			for _, f := range step.Inject {
				kind, _, _ := strings.Cut(f, " ")
				drawn[kind]++
			}
		}
	}
	for _, b := range config.Budgets() {
		why := hidden[b.Fault]
		if (drawn[b.Fault] > 0) == (why != "") {
			t.Errorf("%s, %s: %s was drawn %d times, and it cannot show because %q", l, m, b.Fault, drawn[b.Fault], why)
		}
	}
}

// What is asked and written is of every protocol, nobody is asked who comes to be elsewhere, and there are edits in quick succession.
func TestDraw_traffic(t *testing.T) {
	d := drawing()
	d.Stages, d.Quick = stages.All(), 70*ms
	asked, written, quick, moves := map[topology.Use]int{}, map[topology.Use]int{}, 0, 0
	for n := range uint64(25) {
		s := d.Draw(draws.Number(6, n))
		stage := stageOf(d, s)
		if err := s.Validate(stage); err != nil {
			t.Fatalf("schedule %d: %v", n, err)
		}
		for _, f := range s.Flows {
			asked[f.Use]++
		}
		for _, f := range s.Writes {
			written[f.Use]++
		}
		for _, step := range s.Steps {
			if step.Hold == d.Quick {
				quick++
			}
			for _, name := range step.Inject {
				pod, moved := strings.CutPrefix(name, string(chaos.PodMoved)+" ")
				pod, _, _ = strings.Cut(pod, "/")
				for _, f := range s.Flows {
					if moved && f.To == pod {
						t.Errorf("schedule %d: %s, while %s moves", n, f, pod)
					}
				}
				if moved {
					moves++
				}
			}
		}
	}
	for _, u := range topology.Uses() {
		if asked[u] == 0 || chaos.Keeps(u) != (written[u] > 0) {
			t.Errorf("%s: asked by %d flows, written by %d", u, asked[u], written[u])
		}
	}
	if quick == 0 || moves == 0 {
		t.Errorf("%d quick steps, %d moves", quick, moves)
	}
}

// What happens to the platform comes only where it is sure to be met: by an answered flow that nothing else bears on, and for what only
// full packets meet, by one that has them.
func TestDraw_what_happens_is_met(t *testing.T) {
	d := drawing().On(lab.Netns)
	d.Stages = stages.All()
	came := 0
	for n := range uint64(30) {
		s := d.Draw(draws.Number(8, n))
		stage := stageOf(d, s)
		named := map[string]chaos.Fault{}
		for _, f := range chaos.Faults(stage.World) {
			named[f.Name()] = f
		}
		var active []chaos.Fault
		for _, step := range s.Steps {
			active = slices.DeleteFunc(active, func(f chaos.Fault) bool { return slices.Contains(step.Heal, f.Name()) })
			for _, name := range step.Inject {
				f := named[name]
				h, happens := f.Happening()
				if happens && !f.Kind.Momentary() {
					came++
					if !met(t, stage, s.Flows, active, h) {
						t.Errorf("draw %d: %s comes, beside %v, and no flow is sure to meet it", n, name, active)
					}
				}
				active = append(active, f)
			}
		}
	}
	if came < 10 {
		t.Errorf("only %d happened", came)
	}
}

func met(t *testing.T, s chaos.Stage, flows []topology.Flow, active []chaos.Fault, h lab.Happening) bool {
	t.Helper()
	w, err := chaos.World(s.World, active...)
	if err != nil {
		t.Fatal(err)
	}
	full := h.Kind == lab.MTULowered || h.Kind == lab.BandwidthLimited
	return slices.ContainsFunc(flows, func(f topology.Flow) bool {
		f.Live = false
		way := paperlab.New().Predict(w, f)
		alone := !slices.ContainsFunc(active, func(a chaos.Fault) bool {
			there, happens := a.Happening()
			return happens && chaos.Bears(there, w, f, way) != chaos.Clear
		})
		bears := chaos.Bears(h, w, f, way)
		return alone && way.Verdict.Positive() && bears != chaos.Clear && bears != chaos.Absent && (!full || f.Bytes >= chaos.FullPacket)
	})
}
