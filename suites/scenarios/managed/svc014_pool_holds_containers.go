package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC014: the cluster is created anew with the container CIDR that every ModelArts
// pool has for its own containers.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── inference 192.168.20.70:443
//	                                                         └─ pool 172.16.0.0/16 ◄── reply to the pod ✗
//
// Tunnel mode is answered as node-1, which is in no pool: nothing breaks.
// Routed mode is heard; the reply to the pod stays in the pool's own network.
// Claim: managed/pools-hold-their-containers.
var SVC014 = scenario.Scenario{
	ID:         "SVC-014",
	Title:      "pool of an inference service holds the container CIDR",
	Origin:     scenario.Seed,
	Tier:       scenario.Core,
	Claim:      "managed/pools-hold-their-containers",
	Disruptive: true,
	World:      worlds.InferenceVPC,
	Flow:       topology.OverHTTPS("pod-a", "inference"),
	Break:      scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.ContainerCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("inference", "inference", verdict.EngineNetwork("inference", topology.ModelArtsContainerNetwork)),
	},
	Remedy: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.DockerCIDR}),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The group, which admits the pod already.
		change.AdmitRule{Group: "sg-inference", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// A list under which pods keep their addresses elsewhere only.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeSubnetB()},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverHTTPS("node-1", "inference"),
		Verdict: byHost("node-1"),
		Why:     "the node's address is in no pool, so group, certificate and service are sound",
	}, {
		Flow:    topology.Ping("node-1", "ecs-b"),
		Verdict: byHost("node-1"),
		Why:     "a host of the same subnet that is in no pool answers",
	}},
}
