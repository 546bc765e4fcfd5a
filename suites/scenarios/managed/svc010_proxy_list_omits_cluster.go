package managed

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC010: the database proxy's access control lacks the cluster. Its load balancer
// resets whoever is not on the list.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌list▐── proxy 192.168.20.65:3306
//	                                                RST ◄── ▌192.168.20.0/24; sg-proxy does not apply
//
// Tunnel mode is reset at once, by the list and not by the server, until it has the node.
// Routed mode is reset in the same way until the list has the containers.
// Claim: managed/proxy-has-a-list.
var SVC010 = scenario.Scenario{
	ID:      "SVC-010",
	Title:   "access control of a database proxy resets the cluster",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/proxy-has-a-list",
	World:   worlds.DatabaseVPC,
	Given:   scenario.Both[change.Change](change.SetRefusal{Host: "proxy", Style: topology.ResetRefusal}),
	Flow:    topology.OverMySQL("pod-a", "proxy"),
	Break:   scenario.Both[change.Change](proxyLists(worlds.SubnetBCIDR)),
	Symptom: scenario.Both(verdict.RejectedBy("vpc-demo", verdict.Whitelist("proxy"), verdict.ConnectionReset)),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: proxyLists(worlds.SubnetBCIDR, worlds.NodeCIDR),
		Routed: proxyLists(worlds.SubnetBCIDR, worlds.ContainerCIDR),
	},
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The group, which does not apply to a proxy.
			change.AdmitRule{Group: "sg-proxy", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// What the other mode needs.
			proxyLists(worlds.SubnetBCIDR, worlds.ContainerCIDR),
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-proxy", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			proxyLists(worlds.SubnetBCIDR, worlds.NodeCIDR),
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverMySQL("pod-a", "database"),
		Verdict: asPodA,
		Why:     "a database without a proxy, which its group guards, serves the pod in every phase",
	}, {
		Flow:    topology.OverMySQL("ecs-b", "proxy"),
		Verdict: byHost("ecs-b"),
		Why:     "a host that stays listed uses the proxy: it lives",
	}},
}

func proxyLists(blocks ...netip.Prefix) change.Change {
	return change.SetWhitelist{Host: "proxy", Whitelist: worlds.Admitting(blocks...)}
}
