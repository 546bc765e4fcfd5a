package node

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE014: a network policy lets pod-a send to the VPC except one host.
//
//	pod-a 172.16.0.10 ▌policy▐── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                  ▌egress to 192.168.0.0/16 except 192.168.10.25/32
//
// Tunnel mode enforces the policy on the pod's node: the excepted host is out of reach.
// Routed mode does not enforce network policies: nothing changes, and nobody is told.
// Claim: node/network-policy-in-tunnel-mode-only.
var NODE014 = scenario.Scenario{
	ID:     "NODE-014",
	Title:  "network policy excepts the peer",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/network-policy-in-tunnel-mode-only",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AddNetworkPolicy{Cluster: "demo", Policy: topology.NetworkPolicy{
		Name: "all-but-ecs-25", Pods: []string{"pod-a"},
		Egress: []topology.IPBlock{{CIDR: worlds.DemoCIDR, Except: []netip.Prefix{worlds.Single(worlds.ECS25)}}},
	}}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("node-1", verdict.NetworkPolicy("node-1", "all-but-ecs-25")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.RemoveNetworkPolicy{Cluster: "demo", Policy: "all-but-ecs-25"}),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// The groups at both ends of the way, which the packet never reaches.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// A policy that allows everything to another pod.
		change.AddNetworkPolicy{Cluster: "demo", Policy: topology.NetworkPolicy{
			Name: "pod-b-to-all", Pods: []string{"pod-b"}, Egress: []topology.IPBlock{{CIDR: worlds.Anywhere}},
		}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the policy allows the pod the rest of the VPC",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the policy does not select the other pod",
	}},
}
