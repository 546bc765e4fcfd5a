package triage

import (
	"slices"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI007: every kind of client asks every server over every protocol, while the
// servers' groups lose their rule for the containers.
//
//	pod-a, host-pod, node-1 ── vpc-demo ──▌sg-ecs▐── ecs-25  ▌sg-b▐── ecs-b
//	                              ╚══ peering-demo ══▌sg-p▐── ecs-p      each icmp, tcp/80, udp/514
//
// Tunnel mode answers all three clients as node-1 whatever they ask.
// Routed mode answers the node's two clients; the pod is dropped over every protocol alike.
// Claim: triage/only-the-source-decides.
var TRI007 = scenario.Scenario{
	ID:      "TRI-007",
	Title:   "protocol makes no difference where the source does",
	Origin:  scenario.Derived,
	Tier:    scenario.Core,
	Claim:   "triage/only-the-source-decides",
	World:   worlds.MatrixVPCs,
	Flow:    topology.Ping("pod-a", "ecs-25"),
	Symptom: podDropped("vpc-demo", "ecs-25"),
	Cured:   asPodA,
	Also: slices.Concat(
		scenario.Cases(scenario.Flows(pod, []string{"ecs-25"}, overTCP, overUDP), podDropped("vpc-demo", "ecs-25"), asPodA),
		scenario.Cases(scenario.Flows(pod, []string{"ecs-b"}, protocols...), podDropped("vpc-demo", "ecs-b"), asPodA),
		scenario.Cases(scenario.Flows(pod, []string{"ecs-p"}, protocols...), podDropped("vpc-demo2", "ecs-p"), asPodA),
	),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
		change.RevokeRule{Group: "sg-b", Rule: "from-containers"},
		change.RevokeRule{Group: "sg-p", Rule: "from-containers"},
	)),
	Remedy: scenario.Both[change.Change](change.All(
		change.AdmitRule{Group: "sg-ecs", Rule: peeredContainersRule},
		change.AdmitRule{Group: "sg-b", Rule: peeredContainersRule},
		change.AdmitRule{Group: "sg-p", Rule: peeredContainersRule},
	)),
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The clients' own group instead of the servers'.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: scenario.Controls(
		scenario.Flows([]string{"node-1", "host-pod"}, []string{"ecs-25", "ecs-b", "ecs-p"}, protocols...),
		scenario.Both(verdict.ReachedAs("node-1")),
		"the node, as which the pod on its network is seen, is answered by every server over every protocol",
	),
}
