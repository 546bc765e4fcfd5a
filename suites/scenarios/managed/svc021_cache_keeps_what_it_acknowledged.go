package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC021: the cache's list and the way back from it are gone for five seconds, while
// a client writes.
//
//	pod-a ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌whitelist ✗▐── cache 10.1.0.63:6379
//	  SET 1, 2, 3 … again and again                rtb-demo2: ✗ no way back ◄── OK 1, OK 2 …
//
// Tunnel mode loses connections and their answers, and no key whose SET was answered.
// Routed mode does not either: the client's library tries again what was not answered.
// Claim: managed/acknowledged-is-kept.
var SVC021 = scenario.Scenario{
	ID:       "SVC-021",
	Title:    "cache keeps what it acknowledged through an outage",
	Origin:   scenario.Derived,
	Tier:     scenario.Core,
	Claim:    "managed/acknowledged-is-kept",
	World:    worlds.PeeredCache,
	Produces: true,
	Flow:     topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.All(
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.SubnetP2CIDR)},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Whitelist("cache"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.PeeredContainerCIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	)),
	Cured: asPodA,
	// Somebody else who meets the fault while pod-a writes.
	Also: []scenario.Case{{
		Flow:    topology.OverRedis("pod-b", "cache"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Whitelist("cache"))),
		Cured:   asPodB,
	}},
	Decoys: scenario.Both([]change.Change{
		// The way back alone, and the group, which does not apply.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		openGroup,
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: byHost("node-1"),
		Why:     "a host of the peer VPC with its own table answers over the same peering",
	}},
}
