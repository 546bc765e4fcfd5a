package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC009: the database's group admits the nodes by their group, and nobody else.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-database▐── database 192.168.20.64:3306
//	                                                        ▌sg-node, subnet-b
//
// Tunnel mode shows the database node-1, a member of sg-node: nothing breaks.
// Routed mode shows it the pod, which is behind a member and is none: silence.
// Claim: managed/open-the-database-port.
var SVC009 = scenario.Scenario{
	ID:      "SVC-009",
	Title:   "security group of a database admits the nodes' group instead of the containers",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "managed/open-the-database-port",
	World:   worlds.DatabaseVPC,
	Flow:    topology.OverMySQL("pod-a", "database"),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-database", Rule: "from-containers"}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: groupDenies("database")},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-database", Rule: worlds.AllowTCP("mysql", topology.MySQLPort, worlds.ContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The nodes once more, by their addresses.
		change.AdmitRule{Group: "sg-database", Rule: worlds.AllowTCP("mysql", topology.MySQLPort, worlds.NodeCIDR)},
		// The right source on another database's port.
		change.AdmitRule{Group: "sg-database", Rule: worlds.AllowTCP("postgresql", worlds.PostgreSQLPort, worlds.ContainerCIDR)},
		// The cluster's own group instead of the database's.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-database", worlds.Database)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverMySQL("node-1", "database"),
		Verdict: byHost("node-1"),
		Why:     "the node itself is a member of the group that is admitted: the database lives",
	}, {
		Flow:    topology.OverMySQL("pod-a", "proxy"),
		Verdict: asPodA,
		Why:     "another service, whose list has the pod, serves it in every phase",
	}},
}
