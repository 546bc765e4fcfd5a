package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE024: the cluster's DNS does not know the private names of the VPC.
//
//	pod-b ── cluster DNS: app-server? no such name
//	node-1 ── the VPC's resolver: app-server = 192.168.10.25
//
// Tunnel mode reaches the server, which answers that there is no such name.
// Routed mode gets the same answer: it is no network fault, and a node shows no symptom.
// Claim: dns/private-names-need-forwarding.
var NODE024 = scenario.Scenario{
	ID:      "NODE-024",
	Title:   "cluster DNS does not know a private name",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "dns/private-names-need-forwarding",
	World:   worlds.NamedVPC,
	Flow:    topology.Resolve("pod-b", "app-server"),
	Break:   scenario.Both[change.Change](change.ConfigureDNS{Cluster: "demo", DNS: topology.DNS{Node: "node-1"}}),
	Symptom: scenario.Both(verdict.Rejected("dns", verdict.NoSuchName)),
	Remedy: scenario.Both[change.Change](change.ConfigureDNS{
		Cluster: "demo", DNS: topology.DNS{Node: "node-1", PrivateNames: true},
	}),
	Cured: scenario.Both(verdict.ReachedAs("pod-b")),
	Decoys: scenario.Both([]change.Change{
		// The groups, as if the question did not arrive.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// Another host for the name that the server does not look up.
		change.PointName{Name: "app-server", Target: "ecs-b"},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Resolve("node-1", "app-server"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node asks the VPC's own resolver, which knows the name",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "by its address the host answers the pod",
	}},
}
