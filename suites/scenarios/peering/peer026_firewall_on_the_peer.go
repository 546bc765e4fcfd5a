package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER026: peering, routes and security group are right; the firewall of the
// peer's own operating system drops the port.
//
//	pod-a 10.0.0.10 ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌sg-p▐──▌ecs-p 10.1.0.25
//	                                                                             ▌drops tcp/80
//
// Tunnel mode ends in the host itself, behind everything that the cloud controls.
// Routed mode ends at the same place.
// Claim: peering/check-the-host-firewall.
var PEER026 = scenario.Scenario{
	ID:     "PEER-026",
	Title:  "firewall of the peer's operating system drops the port",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/check-the-host-firewall",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AddFirewallRule{Machine: "ecs-p", Rule: topology.FirewallRule{
		Name: "no-web", Chain: topology.InputChain, Protocol: topology.TCP, Ports: topology.Port(worlds.WebPort), CIDR: worlds.Anywhere,
	}}),
	Symptom: scenario.Both(verdict.Dropped("ecs-p", verdict.HostFirewall("ecs-p", "no-web"))),
	Remedy:  scenario.Both[change.Change](change.RemoveFirewallRule{Machine: "ecs-p", Rule: "no-web"}),
	Cured:   asPodA,
	Decoys: scenario.Both([]change.Change{
		// The security group, which lets the request through to the host.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowTCP("web", worlds.WebPort, worlds.Anywhere)},
		// More specific routes, although nothing is lost on the way.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.SubnetPCIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-p"),
		Verdict: asPodA,
		Why:     "ping is answered all the time, so the host lives and the way there and back is right",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the port of another host of the VPC is open",
	}},
}
