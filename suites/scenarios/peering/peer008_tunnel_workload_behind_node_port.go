package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER008: the peer's configuration names a container in place of the port that
// the nodes publish.
//
//	ecs-p 10.1.0.25 ── vpc-demo2 ══ peering-demo ══ vpc-demo ── node-1 192.168.10.11:30080 ──► pod-a :8080
//	          web-app = 10.0.0.10:8080 ╳ no route in tunnel mode
//
// Tunnel mode publishes containers on the nodes only: the container's own address leads nowhere.
// Routed mode answers at both addresses, once the nodes' group admits the peer VPC.
// Claim: cross-vpc/tunnel-workload-needs-a-node-port.
var PEER008 = scenario.Scenario{
	ID:     "PEER-008",
	Title:  "peer asks for a container's address instead of a NodePort",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/tunnel-workload-needs-a-node-port",
	World:  worlds.PeeredWeb,
	Given: scenario.PerMode[change.Change]{Routed: change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR),
	}},
	Flow: topology.Flow{From: "ecs-p", To: "web-app", Protocol: topology.TCP},
	Break: scenario.Both[change.Change](change.PointName{
		Name: "web-app", Target: "pod-a", Port: worlds.PodPort,
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: noWayToPods, Routed: verdict.ReachedAs("ecs-p")},
	Remedy: scenario.Both[change.Change](change.PointName{
		Name: "web-app", Target: "node-1", Port: worlds.NodePort,
	}),
	Cured: scenario.Both(verdict.ReachedAs("ecs-p")),
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// The nodes' group, where nothing arrives.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR)},
		// One more route to the containers, where there is one already.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
		// A route to the node in a table that traffic over a peering does not meet.
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.PeeredNode1Block, Instance: "node-1"}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-p", "node-1", worlds.NodePort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-p")),
		Why:     "what the node publishes is there all the time, for whoever asks for it",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the container reaches the peer and is answered, so peering and routes are right both ways",
	}},
}
