package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TRI004: the peer's group omits the cluster, and is given the rule that the
// other mode would need first.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                                        ▌itself, then the wrong block
//
// Tunnel mode stays silent after a rule for the containers: the peer sees the node.
// Routed mode stays silent after a rule for the nodes: the peer sees the pod.
// Claim: triage/remedy-of-the-mode.
var TRI004 = scenario.Scenario{
	ID:     "TRI-004",
	Title:  "other mode's remedy does not cure",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "triage/remedy-of-the-mode",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(groupDenies),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The other mode's remedy.
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			// The cluster's own group instead of the peer's.
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// A block that no client of the peer has in either mode.
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-services", worlds.ServiceCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-services", worlds.ServiceCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a peer with a second group that admits both blocks answers in either mode",
	}},
}
