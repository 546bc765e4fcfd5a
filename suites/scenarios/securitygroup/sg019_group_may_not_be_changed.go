package securitygroup

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG019: the group admits the nodes' subnet only, as in SG001, and may not be
// changed. The cluster can hide its pods behind their nodes instead.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	      masqueraded unless 192.168.10.0/24 is listed      ▌admits 192.168.10.0/24 only
//
// Tunnel mode hides the pod behind node-1 anyway: nothing breaks, nothing needs a cure.
// Routed mode is cured by taking the peer's subnet off nonMasqueradeCIDRs: seen as node-1.
// Claim: source-address/unlisted-destination-sees-node.
var SG019 = scenario.Scenario{
	ID:      "SG-019",
	Title:   "pods pass a security group for nodes once their source is translated",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "source-address/unlisted-destination-sees-node",
	World:   worlds.OneVPC,
	Flow:    topology.Ping("pod-a", "ecs-25"),
	Healthy: asPodA,
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: deniedByDefault},
	Remedy: scenario.PerMode[change.Change]{
		// Nothing to cure; one more rule harms nobody.
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-1", worlds.Node1)},
		// The default list, with the VPC's other subnet in place of the whole VPC.
		Routed: change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{
			worlds.Private10, worlds.Private172, worlds.SubnetBCIDR,
		}},
	},
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The opposite: the peer's subnet listed by itself.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{
			worlds.Private10, worlds.Private172, worlds.SubnetBCIDR, worlds.NodeCIDR,
		}},
		// The containers' own range taken off: it says where pods go, not who they are.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{worlds.Private10, worlds.Private192}},
		// A group that may be changed, and is nobody's concern.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the group keeps admitting the node, so the drop is about the pod's address",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "towards a subnet that stays listed the pod keeps its address: the remedy is that narrow",
	}},
}
