package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE023: the nodes' security group denies DNS from the containers.
//
//	pod-b ── node-2 ── vpc-demo ──▌sg-node▐── node-1 ── cluster DNS :53
//	                             ▌deny 53 from 172.16.0.0/16
//
// Tunnel mode hides the question in the overlay's packets, which the rule does not match.
// Routed mode shows it to the rule: pods of other nodes than the server's resolve nothing.
// Claim: dns/open-the-port-at-nodes.
var NODE023 = scenario.Scenario{
	ID:     "NODE-023",
	Title:  "nodes' security group denies DNS from containers",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "dns/open-the-port-at-nodes",
	World:  worlds.NamedVPC,
	Flow:   topology.Resolve("pod-b", "app-server"),
	Break: scenario.Both[change.Change](change.All(
		change.AdmitRule{Group: "sg-node", Rule: worlds.Denying(worlds.AllowUDP("no-dns-udp", worlds.DNSPort, worlds.ContainerCIDR))},
		change.AdmitRule{Group: "sg-node", Rule: worlds.Denying(worlds.AllowTCP("no-dns-tcp", worlds.DNSPort, worlds.ContainerCIDR))},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("pod-b"),
		Routed: verdict.Dropped("vpc-demo", verdict.GroupRule("node-1", topology.Ingress, "sg-node", "no-dns-udp")),
	},
	Remedy: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-node", Rule: "no-dns-udp"},
		change.RevokeRule{Group: "sg-node", Rule: "no-dns-tcp"},
	)),
	Cured: scenario.Both(verdict.ReachedAs("pod-b")),
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// A rule that admits what another one of the same priority denies.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDP("dns", worlds.DNSPort, worlds.ContainerCIDR)},
		// DNS over TCP, which a client tries last.
		change.RevokeRule{Group: "sg-node", Rule: "no-dns-tcp"},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Resolve("pod-a", "app-server"),
		Verdict: scenario.Both(verdict.ReachedAs("pod-a")),
		Why:     "a pod beside the server asks it without crossing the group",
	}, {
		Flow:    topology.OverTCP("pod-b", "pod-a", worlds.PodPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "the two nodes' pods reach each other on another port",
	}},
}
