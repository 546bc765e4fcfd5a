package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE002: the nodes' security group does not admit the container CIDR.
//
//	pod-a 172.16.0.10 ── node-1 ── vpc-demo ──▌sg-node▐── node-2 192.168.10.12 ── pod-b 172.16.0.138
//	                                          ▌admits the VPC and its own members only
//
// Tunnel mode shows sg-node the nodes' addresses only, which are its members.
// Routed mode shows it the pods' addresses, which no rule for nodes covers.
// Claim: node/routed-admit-containers-at-nodes.
var NODE002 = scenario.Scenario{
	ID:     "NODE-002",
	Title:  "nodes' security group omits the container CIDR",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/routed-admit-containers-at-nodes",
	World:  worlds.OneVPC,
	// The rule of the other mode, so that its loss can be shown to mean nothing.
	Given: scenario.PerMode[change.Change]{Tunnel: change.AdmitRule{Group: "sg-node", Rule: containersRule}},
	Flow:  topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
	Break: scenario.Both[change.Change](change.RevokeRule{Group: "sg-node", Rule: "from-containers"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("pod-a"),
		Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-2", topology.Ingress)),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{Group: "sg-node", Rule: containersRule}),
	Cured:  scenario.Both(verdict.ReachedAs("pod-a")),
	// The other node itself is as unreachable for the pod as its pods.
	Also: []scenario.Case{{
		Flow: topology.Ping("pod-a", "node-2"),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-2", topology.Ingress)),
		},
		Cured: asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The nodes' addresses, whose pods have others.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		// The port of the overlay, which this mode does not have.
		change.AdmitRule{Group: "sg-node", Rule: vxlanRule},
		// The other block of the cluster.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-services", worlds.ServiceCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "node-2"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the nodes themselves are members of the group",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "outside the cluster the pod is answered under the same address",
	}},
}
