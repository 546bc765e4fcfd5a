package hybrid

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// HYB002: the data centre has the addresses of the container CIDR.
//
//	pod-a 172.16.0.10 ── node-1 ✗ container network 172.16.0.0/16
//	                        └── vpc-demo ══ vpn-idc ══ idc 172.16.0.0/16 ── idc-server 172.16.0.25
//
// Tunnel mode swallows the packet on the node, whose container network has the block.
// Routed mode swallows it as well, and what hosts of the VPC send besides.
// Claim: hybrid/disjoint-data-centre.
var HYB002 = scenario.Scenario{
	ID:         "HYB-002",
	Title:      "data centre has the addresses of the container CIDR",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "hybrid/disjoint-data-centre",
	Disruptive: true,
	World:      worlds.Hybrid,
	Flow:       topology.OverTCP("pod-a", "idc-server", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.IDCCIDR},
		change.RenumberVPC{VPC: "idc", CIDR: worlds.ContainerCIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverVPN(worlds.ContainerCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("node-1", verdict.NoSuchContainer("node-1"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.ContainerCIDR},
		change.RenumberVPC{VPC: "idc", CIDR: worlds.IDCCIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverVPN(worlds.IDCCIDR)},
	)),
	Cured: podSeen,
	// A host of the VPC is no container: only the routes to nodes lead it astray.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("ecs-25", "idc-server", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("ecs-25"),
			Routed: verdict.Dropped("node-1", verdict.NoSuchContainer("node-1")),
		},
		Cured: scenario.Both(verdict.ReachedAs("ecs-25")),
	}},
	Decoys: scenario.Both([]change.Change{
		// A longer route to the data centre, which the packet never gets to.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverVPN(worlds.PodRange)},
		change.AdmitRule{Group: "sg-idc", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{insideReached},
}
