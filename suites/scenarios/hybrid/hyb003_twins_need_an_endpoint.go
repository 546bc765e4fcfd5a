package hybrid

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// HYB003: two VPCs with the same blocks are peered, and their endpoint is given up.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo 192.168.0.0/16 ── endpoint 192.168.10.100
//	                                    ║ peering-twin             ┊ as 198.19.128.10
//	                                 vpc-twin 192.168.0.0/16 ── twin-server 192.168.10.77
//
// Tunnel mode looks for twin-server in its own VPC, whose local route beats the peering's.
// Routed mode does so too: no route can tell two networks with one address apart.
// Claim: hybrid/endpoint-for-overlap.
var HYB003 = scenario.Scenario{
	ID:     "HYB-003",
	Title:  "peering of two VPCs with the same blocks replaces no endpoint",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "hybrid/endpoint-for-overlap",
	World:  worlds.TranslatedVPCs,
	Flow:   topology.OverTCP("pod-a", "partner", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.PointName{Name: "partner", Target: "twin-server"},
		change.RemoveTranslator{Translator: "endpoint"},
		change.AddPeering{Peering: topology.Peering{Name: "peering-twin", Local: "vpc-demo", Peer: "vpc-twin", State: topology.Active}},
		change.AddRoute{Table: "rtb-demo", Route: overTwins(worlds.DemoCIDR)},
		change.AddRoute{Table: "rtb-twin", Route: overTwins(worlds.DemoCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.NoSuchAddress("vpc-demo"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.AddTranslator{Translator: worlds.TwinEndpoint()},
		change.PointName{Name: "partner", Target: "endpoint"},
	)),
	Cured: scenario.Both(verdict.ReachedAs("endpoint")),
	Decoys: scenario.Both([]change.Change{
		change.AdmitRule{Group: "sg-twin", Rule: worlds.AllowFrom("from-vpc", worlds.DemoCIDR)},
		// The containers' block overlaps nothing; the way there is what is missing.
		change.AddRoute{Table: "rtb-twin", Route: overTwins(worlds.ContainerCIDR)},
		// An endpoint that the configuration does not name.
		change.AddTranslator{Translator: worlds.TwinEndpoint()},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "private-nat", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("private-nat")),
		Why:     "the server lives, and another translator leads to it with or without peering",
	}, {
		Flow:    topology.OverTCP("twin-server", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.Dropped("vpc-twin", verdict.NoSuchAddress("vpc-twin"))),
		Why:     "an endpoint is one way: nobody comes back through it",
	}, insideReached},
}

func overTwins(dst netip.Prefix) topology.Route {
	return topology.Route{Destination: dst, Peering: "peering-twin"}
}
