package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG017: the peer is in the account's default security group, which answers ping
// and four well-known ports to anybody, and nothing else.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-default-otc▐── ecs-25 192.168.10.25:6379
//	                                                        ▌admits icmp, tcp/22,80,443,3389
//
// Tunnel mode answers ping and drops the application's port: ping proves nothing about it.
// Routed mode does the same.
// Claim: security-group/default-group-rules.
var SG017 = scenario.Scenario{
	ID:       "SG-017",
	Title:    "default security group answers ping but not the application",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "security-group/default-group-rules",
	Disputed: "the default group is said to deny all inbound requests, and its own table of rules admits ping and four ports; here the table counts",
	World:    worlds.OneVPC,
	Flow:     topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
	Break:    scenario.Both[change.Change](change.JoinGroups{Machine: "ecs-25", Groups: []string{"sg-default-otc"}}),
	Symptom:  scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-default-otc", Rule: worlds.AllowTCP("cache-from-nodes", worlds.CachePort, worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-default-otc", Rule: worlds.AllowTCP("cache-from-containers", worlds.CachePort, worlds.ContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// The rule in the group that the host has left, and the rule for the other
	// mode's address in the right one.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-nodes", worlds.CachePort, worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-default-otc", Rule: worlds.AllowTCP("cache-from-containers", worlds.CachePort, worlds.ContainerCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-containers", worlds.CachePort, worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-default-otc", Rule: worlds.AllowTCP("cache-from-nodes", worlds.CachePort, worlds.NodeCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "ping answers in every phase, broken ones included: a ping would have passed a cut-off application",
	}, {
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "so does a port of the default group, so TCP as such passes",
	}},
}
