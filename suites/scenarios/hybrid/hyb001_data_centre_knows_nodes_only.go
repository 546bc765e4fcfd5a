package hybrid

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// HYB001: the data centre has a route to the VPC of the cluster, but none to its
// containers.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ vpn-idc ══ idc ── idc-server 10.8.0.25
//	                                                       rtb-idc: 192.168.0.0/16, not 172.16.0.0/16
//
// Tunnel mode shows idc-server the node's address, which rtb-idc knows: nothing breaks.
// Routed mode delivers the request; the reply to the pod's address dies in rtb-idc.
// Claim: hybrid/advertise-containers.
var HYB001 = scenario.Scenario{
	ID:     "HYB-001",
	Title:  "data centre lacks the route to the container CIDR",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "hybrid/advertise-containers",
	World:  worlds.Hybrid,
	Flow:   topology.OverTCP("pod-a", "idc-server", worlds.WebPort),
	Break: scenario.Both[change.Change](change.WithdrawRoute{
		Table: "rtb-idc", Destination: worlds.ContainerCIDR,
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("idc-server", "idc", verdict.Blackhole("rtb-idc")),
	},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-idc", Route: worlds.OverVPN(worlds.ContainerCIDR),
	}),
	Cured: podSeen,
	// The other way round: a data centre that knows no way to containers opens none.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("idc-server", "pod-a", worlds.PodPort),
		Symptom: scenario.Both(
			verdict.Dropped("idc", verdict.Blackhole("rtb-idc"))),
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReachedAs("idc-server"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AddRoute{Table: "rtb-demo", Route: worlds.OverVPN(worlds.ContainerCIDR)},
		},
		Routed: []change.Change{
			// The route on the wrong side of the VPN.
			change.AddRoute{Table: "rtb-demo", Route: worlds.OverVPN(worlds.ContainerCIDR)},
			// The nodes once more.
			change.AddRoute{Table: "rtb-idc", Route: worlds.OverVPN(worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-idc", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "idc-server", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node reaches the same port over the same VPN: only the way back to containers is missing",
	}, insideReached},
}
