package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG020: the group admits the nodes' subnet only, as in SG001, and the pod that
// asks is on its node's network.
//
//	host-pod = node-1 192.168.10.11 ─┐
//	                                 vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-a 172.16.0.10 ── node-1 ─────┘          ▌admits 192.168.10.0/24 only
//
// Tunnel mode makes no difference: both pods are seen as node-1.
// Routed mode lets host-pod through as node-1 and drops pod-a beside it.
// Claim: host-network/pod-has-node-address.
var SG020 = scenario.Scenario{
	ID:      "SG-020",
	Title:   "pod on the host network passes where its neighbour is dropped",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "host-network/pod-has-node-address",
	World:   worlds.OneVPC,
	Flow:    topology.Ping("host-pod", "ecs-25"),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"}),
	Symptom: scenario.Both(verdict.ReachedAs("node-1")),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR),
	}),
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	// The neighbour shows that the fault is there: without it, this scenario
	// would pass in a world where nothing was broken.
	Also: []scenario.Case{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The nodes' addresses once more, which cure nobody who needs a cure.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-1", worlds.Node1)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("host-pod", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the host-network pod reaches a host whose group nobody touches",
	}},
}
