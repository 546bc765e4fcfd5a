package scenarios_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// injected lists the layers that an edit is a fault of. Where one edit has
// several, what it breaks shows in the first that the packet comes to: a pod with
// a new address is unknown to all of them.
func injected(c change.Change, w topology.World) []diagnose.Layer {
	switch c := c.(type) {
	case change.Changes:
		var all []diagnose.Layer
		for _, part := range c {
			all = append(all, injected(part, w)...)
		}
		return all
	case change.AdmitRule, change.RevokeRule, change.JoinGroups:
		return []diagnose.Layer{diagnose.SecurityGroup}
	case change.SetWhitelist:
		return []diagnose.Layer{diagnose.Whitelist}
	case change.InstallEngine, change.SetBridgeIP, change.CreateEngineNetwork, change.RemoveHostRoute, change.HonourLinkDown:
		return []diagnose.Layer{diagnose.Engine}
	case change.AddRoute, change.WithdrawRoute, change.AssociateTable, change.SetQuota,
		change.AddPeering, change.RemovePeering, change.SetPeeringState, change.AddVPN, change.RemoveVPN:
		return []diagnose.Layer{diagnose.Route}
	case change.AttachACL, change.AdmitACLRule, change.RevokeACLRule:
		return []diagnose.Layer{diagnose.NetworkACL}
	case change.EnableSourceCheck, change.StopForwarding, change.FillConntrack, change.LoseFragNeeded, change.SetMTU,
		change.AddNetworkPolicy, change.SetNonMasquerade:
		return []diagnose.Layer{diagnose.Node}
	case change.AddFirewallRule:
		if e, _ := w.Endpoint(c.Machine); e.Kind == topology.KindNode {
			return []diagnose.Layer{diagnose.Node}
		}
		return []diagnose.Layer{diagnose.Server}
	case change.StopListening:
		return []diagnose.Layer{diagnose.Server}
	case change.SetSNAT, change.SetMSS:
		return []diagnose.Layer{diagnose.Gateway}
	case change.SetTrafficPolicy, change.SetBackends:
		return []diagnose.Layer{diagnose.Service}
	case change.ConfigureDNS:
		return []diagnose.Layer{diagnose.DNS}
	case change.AddCIDR:
		// What overlaps now takes routes out of effect, wherever they are used.
		return []diagnose.Layer{diagnose.AddressPlan, diagnose.Route}
	case change.AddSubnet, change.RenumberVPC, change.ReplaceContainers, change.WithholdAddress, change.AddPods:
		return []diagnose.Layer{diagnose.AddressPlan}
	case change.PointName:
		// An address where nobody can ever answer, one that somebody nearer has, or
		// one whose group is silent.
		return []diagnose.Layer{diagnose.Address, diagnose.AddressPlan, diagnose.SecurityGroup}
	case change.MovePod, change.ExpandContainers:
		return []diagnose.Layer{diagnose.SecurityGroup, diagnose.Whitelist, diagnose.Route}
	default:
		return nil
	}
}

// confusion counts which layers were named for the injected ones.
type confusion map[string]map[diagnose.Layer]int

func (c confusion) add(injected []diagnose.Layer, named diagnose.Layer) {
	row := rowOf(injected)
	if c[row] == nil {
		c[row] = map[diagnose.Layer]int{}
	}
	c[row][named]++
}

func rowOf(layers []diagnose.Layer) string {
	layers = slices.Clone(layers)
	slices.Sort(layers)
	var texts []string
	for _, l := range slices.Compact(layers) {
		texts = append(texts, string(l))
	}
	return strings.Join(texts, "|")
}

func (c confusion) log(t *testing.T) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%-50s  named\n", "injected")
	rows := make([]string, 0, len(c))
	for row := range c {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	for _, row := range rows {
		fmt.Fprintf(&b, "%-50s ", row)
		for _, l := range append(diagnose.Order(), "") {
			if n := c[row][l]; n > 0 {
				fmt.Fprintf(&b, " %s %d", l, n)
			}
		}
		b.WriteString("\n")
	}
	t.Log("\n" + b.String())
}

// The layer that a diagnosis names is the one that the fault was injected into,
// for every flow of every scenario in which something fails.
func TestDiagnose_namesTheInjectedLayer(t *testing.T) {
	table := confusion{}
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		if len(s.Refused.In(m)) > 0 {
			return
		}
		healthy := healthyWorld(t, s, m)
		broken := edited(t, "broken world", healthy, s.Break.In(m))
		for _, e := range s.Expectations(m) {
			if e.Symptom.Positive() || !e.Healthy.Positive() {
				continue
			}
			mustName(t, table, broken, e.Flow, injected(s.Break.In(m), broken))
		}
		w := broken
		for i, stage := range s.StagesIn(m) {
			w = edited(t, "stage", w, stage.Fix.In(m))
			if !stage.Then.In(m).Positive() {
				mustName(t, table, w, s.Flow, injected(nextFix(s, m, i), w))
			}
		}
	})
	table.log(t)
}

// nextFix is what leads on from the stage: the next one's fix, or the remedy.
func nextFix(s scenario.Scenario, m topology.Mode, stage int) change.Change {
	if stages := s.StagesIn(m); stage+1 < len(stages) {
		return stages[stage+1].Fix.In(m)
	}
	return s.Remedy.In(m)
}

func mustName(t *testing.T, table confusion, w topology.World, f topology.Flow, want []diagnose.Layer) {
	t.Helper()
	d := diagnosis(t, w, f)
	table.add(want, d.Layer)
	if !slices.Contains(want, d.Layer) || d.Remedy == "" {
		t.Errorf("%s: named %q with remedy %q, injected %s\n%s", f, d.Layer, d.Remedy, rowOf(want), d.Verdict)
	}
}

func diagnosis(t *testing.T, w topology.World, f topology.Flow) diagnose.Diagnosis {
	t.Helper()
	l := paperlab.New()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	d, err := diagnose.Walk(t.Context(), l, f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The blind form: a fault of the catalogue is drawn, then a flow that fails for
// it, whoever asks whom; the walk is given that flow and nothing else.
func TestDiagnose_blind(t *testing.T) {
	const draws = 200
	table, named := confusion{}, 0
	for seed := range uint64(draws) {
		random := rand.New(rand.NewPCG(seed, 0))
		all := scenarios.Catalogue()
		s := all[random.IntN(len(all))]
		m := s.Modes()[random.IntN(len(s.Modes()))]
		if len(s.Refused.In(m)) > 0 {
			continue
		}
		healthy := healthyWorld(t, s, m)
		broken := edited(t, "broken world", healthy, s.Break.In(m))
		failing := failingFlows(healthy, broken)
		if len(failing) == 0 {
			continue
		}
		f := failing[random.IntN(len(failing))]
		named++
		t.Run(fmt.Sprintf("seed %d: %s %s", seed, s.ID, m), func(t *testing.T) {
			mustName(t, table, broken, f, injected(s.Break.In(m), broken))
		})
	}
	if named < draws/4 {
		t.Errorf("only %d of %d draws broke a flow", named, draws)
	}
	table.log(t)
}

// failingFlows lists what is reached in the healthy world and not in the broken one.
func failingFlows(healthy, broken topology.World) []topology.Flow {
	oracle := paperlab.New()
	var all []topology.Flow
	for _, from := range healthy.Endpoints() {
		for _, to := range healthy.Destinations() {
			for _, f := range asks(from.Name, to) {
				if healthy.ValidateFlow(f) != nil || broken.ValidateFlow(f) != nil {
					continue
				}
				was, is := oracle.Predict(healthy, f).Verdict, oracle.Predict(broken, f).Verdict
				if was.Positive() && !is.Positive() && is.Kind != verdict.KindInconclusive {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

func asks(from string, to topology.Endpoint) []topology.Flow {
	all := []topology.Flow{topology.Ping(from, to.Name)}
	for _, l := range to.Listeners {
		all = append(all, topology.Flow{From: from, To: to.Name, Protocol: l.Protocol, Port: l.Port})
	}
	return all
}
