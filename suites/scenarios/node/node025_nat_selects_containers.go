package node

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE025: the NAT gateway's rule selects the containers instead of the nodes' subnet.
//
//	pod-a ── node-1, seen as 192.168.10.11 ── vpc-demo ── nat-demo ──✗ internet ── web-site
//	                                          selects 172.16.0.0/16 only
//
// Tunnel mode shows the gateway the node, which its rule does not select.
// Routed mode does so too: towards addresses that are not private the node hides the pod.
// Claim: internet/select-the-nodes-subnet.
var NODE025 = scenario.Scenario{
	ID:      "NODE-025",
	Title:   "NAT gateway selects the containers instead of the nodes",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "internet/select-the-nodes-subnet",
	World:   worlds.InternetVPC,
	Flow:    topology.OverTCP("pod-a", "web-site", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.ContainerCIDR}}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.NoSNATRule("nat-demo"))),
	Remedy:  scenario.Both[change.Change](change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.NodeCIDR}}),
	Cured:   scenario.Both(verdict.ReachedAs("nat-demo")),
	Decoys: scenario.Both([]change.Change{
		// More of what the gateway never sees.
		change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.ContainerCIDR, worlds.ServiceCIDR}},
		// Another subnet of the VPC.
		change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.ContainerCIDR, worlds.SubnetBCIDR}},
		// The nodes' group, which lets everything out already.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "inside the VPC the pod is answered, and in routed mode under its own address",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "other subnets do not lie behind the gateway",
	}},
}
