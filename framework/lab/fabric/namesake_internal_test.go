package fabric

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Who has the same address and where; who shares the server's machine is no
// namesake, it is found by its name.
func TestNamesakes(t *testing.T) {
	for _, c := range []struct {
		world  topology.World
		server string
		want   []namesake
	}{
		{labtest.Twins(), "ecs-b", []namesake{{"ecs-a", "ecs-a", "vpc-a", netip.MustParseAddr("10.1.0.10"), nil}}},
		{labtest.Twins(), "ecs-b2", nil},
		{labtest.Clones(), "pod-z", []namesake{{"pod-b", "node-2", "node-2", netip.MustParseAddr("172.16.0.138"), nil}}},
		{labtest.Cluster(topology.Routed), "host-pod", nil},
		{labtest.Cluster(topology.Routed), "node-1", nil},
	} {
		server, _ := c.world.Endpoint(c.server)
		got := namesakes(&c.world, server)
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: got %v, want %v", c.server, got, c.want)
		}
	}
}

func TestJudge_names_who_answered_instead(t *testing.T) {
	q := podToPeer(topology.ICMP)
	q.arrivesAt, q.legs = "vpc-peer", []leg{{server: peerAddress}}
	q.namesakes = []namesake{{"ecs-near", "ecs-near", "vpc-demo", peerAddress, nil}, {"pod-near", "node-1", "node-1", peerAddress, nil}}
	// Whoever has the address of another leg there was not spoken to.
	q.namesakes = append([]namesake{{"pod-far", "node-1", "node-1", nodeAddress, nil}}, q.namesakes...)
	here := verdict.Evidence{Sightings: []verdict.Sighting{saw(verdict.Request, verdict.Entered, podAddress), saw(verdict.Request, verdict.Left, podAddress)}}
	there := here
	arrival := saw(verdict.Request, verdict.Left, podAddress)
	arrival.Hop = "vpc-peer"
	there.Sightings = append(here.Sightings[:2:2], arrival, saw(verdict.Reply, verdict.Left, podAddress))
	answered := probe.Answer{Outcome: probe.Answered, Sent: 4, Received: 4}
	refused := probe.Answer{Outcome: probe.Refused, Errno: "ECONNREFUSED"}
	for _, c := range []struct {
		name     string
		answer   probe.Answer
		evidence verdict.Evidence
		want     verdict.Verdict
	}{
		{"where the request was handed over", answered, here, verdict.Misdelivered("ecs-near")},
		{"and a refusal is that machine's", refused, here, verdict.Misdelivered("ecs-near")},
		{"on the client's machine when nothing left it", answered, verdict.Evidence{}, verdict.Misdelivered("pod-near")},
		{"but not when the server got it", answered, there, verdict.ReachedAs("pod-a")},
	} {
		if got := judge(q, c.answer, c.evidence); got.Identity() != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// The kernel tells a process at once that a rule of its own machine drops what
// it sends. It is the rule's doing, where a counter says so.
func TestJudge_believes_a_local_refusal_with_its_rule(t *testing.T) {
	refusal := probe.Answer{Outcome: probe.Prohibited, Errno: "EPERM", Sent: 4}
	own := verdict.NoSuchContainer("node-1")
	count := func(hop string) verdict.Evidence {
		return verdict.Evidence{Rules: []verdict.RuleCount{{Hop: hop, Rule: own, Packets: 4}}}
	}
	for _, c := range []struct {
		name     string
		evidence verdict.Evidence
		want     verdict.Verdict
	}{
		{"the rule of its machine", count("node-1"), verdict.Dropped("node-1", own)},
		{"no rule", verdict.Evidence{}, verdict.Unreachable("node-1", "EPERM")},
		{"a rule elsewhere", count("node-2"), verdict.Unreachable("node-1", "EPERM")},
	} {
		if got := judge(podToPeer(topology.ICMP), refusal, c.evidence); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// It also tells one that a bridge's neighbour does not answer, long after it was asked.
func TestJudge_believes_what_its_own_bridge_says(t *testing.T) {
	bridge, rule := netip.MustParseAddr("10.0.0.1"), verdict.EngineNetwork("ecs-a", "docker0")
	q := asked{from: topology.Endpoint{Name: "ecs-a", Machine: "ecs-a", Kind: topology.KindHost}, legs: []leg{{clients: []netip.Addr{bridge}}}}
	e := verdict.Evidence{Rules: []verdict.RuleCount{{Hop: "ecs-a", Rule: rule, Packets: 1}}}
	for from, want := range map[netip.Addr]verdict.Kind{bridge: verdict.KindDropped, peerAddress: verdict.KindRejected} {
		a := probe.Answer{Outcome: probe.HostUnreachable, Errno: "EHOSTUNREACH", Sent: 1, Rejection: &probe.Rejection{Type: 3, Code: 1, From: from}}
		if got := judge(q, a, e); got.Kind != want {
			t.Errorf("from %s: got %s, want %s", from, got, want)
		}
	}
}

// Every world of the table renders to rules that the kernel will take, and so
// does the record that every hop keeps.
func TestNewPlan_of_every_case_is_valid(t *testing.T) {
	if err := recording().Validate(); err != nil {
		t.Errorf("the record of every hop: %v", err)
	}
	for _, c := range labtest.Cases() {
		p := NewPlan(c.World)
		for _, r := range p.Routers {
			if err := r.Rules.Validate(); err != nil {
				t.Errorf("%s: router %s: %v", c.Name, r.VPC, err)
			}
		}
		for _, m := range p.Machines {
			rules, fates := m.Rules("eth0", "")
			if err := rules.Validate(); err != nil {
				t.Errorf("%s: machine %s: %v", c.Name, m.Name, err)
			}
			if m.Translator == nil && (len(rules.Tables) > 0) != (len(fates) > 0) {
				t.Errorf("%s: machine %s has %d tables and drops by %v", c.Name, m.Name, len(rules.Tables), fates)
			}
		}
	}
}
