package peering

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER021: the peer VPC's addresses are of no private range, and its group
// admits the containers only.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌sg-p▐── ecs-p 192.169.0.25
//	      nonMasqueradeCIDRs lists 192.168.0.0/16, not 192.169.0.0/16                  ▌admits 10.0.0.0/16
//
// Tunnel mode shows the peer node-1, and is cured by a rule for the nodes.
// Routed mode shows it node-1 as well, until its range is listed: then it sees the pod.
// Claim: source-address/list-every-destination.
var PEER021 = scenario.Scenario{
	ID:      "PEER-021",
	Title:   "peer VPC outside the private ranges sees nodes instead of containers",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "source-address/list-every-destination",
	World:   worlds.OutsidePeer,
	Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Healthy: scenario.Both(verdict.ReachedAs("node-1")),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-p", Rule: "from-nodes"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DefaultDeny("ecs-p", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{
			worlds.Private10, worlds.Private172, worlds.Private192, worlds.OutsideCIDR,
		}},
	},
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The address that the pod itself shows when asked.
			change.AdmitRule{Group: "sg-p", Rule: worlds.AllowHost("from-pod-a", worlds.PeeredPodA)},
			// The node where the container is not.
			change.AdmitRule{Group: "sg-p", Rule: worlds.AllowHost("from-node-2", worlds.Node2)},
			// The return route for containers, which there is in wider form.
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
		},
		Routed: []change.Change{
			// The peer VPC's other subnet listed.
			change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{
				worlds.Private10, worlds.Private172, worlds.Private192, worlds.OutsideSubnetP2,
			}},
			change.AdmitRule{Group: "sg-p", Rule: worlds.AllowHost("from-pod-a", worlds.PeeredPodA)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "towards a listed range a routed pod keeps its address all the time",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the same VPC with another group answers over the same peering",
	}},
}
