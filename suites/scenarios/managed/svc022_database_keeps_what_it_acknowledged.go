package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC022: the database's group omits the cluster for five seconds, while a client writes.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo ──▌sg-database ✗▐── database 192.168.20.64:3306
//	  INSERT 1, 2, 3 … each once                               └─ OK 1, OK 2 …
//
// Tunnel mode has its connections cut, and finds every row whose INSERT was answered.
// Routed mode does so too, and finds none of them twice or otherwise.
// Claim: managed/acknowledged-is-kept.
var SVC022 = scenario.Scenario{
	ID:       "SVC-022",
	Title:    "database keeps what it acknowledged through an outage",
	Origin:   scenario.Derived,
	Tier:     scenario.Core,
	Claim:    "managed/acknowledged-is-kept",
	World:    worlds.DatabaseVPC,
	Produces: true,
	Flow:     topology.OverMySQL("pod-a", "database"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-database", Rule: "from-node-group"},
		change.RevokeRule{Group: "sg-database", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(groupDenies("database")),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-database", Rule: worlds.AllowGroup("from-node-group", "sg-node")},
		Routed: change.AdmitRule{Group: "sg-database", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: asPodA,
	// Somebody else who meets the fault while pod-a writes.
	Also: []scenario.Case{{
		Flow:    topology.OverMySQL("pod-b", "database"),
		Symptom: scenario.Both(groupDenies("database")),
		Cured:   asPodB,
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		// What the other mode needs.
		Tunnel: []change.Change{change.AdmitRule{Group: "sg-database", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)}},
		Routed: []change.Change{change.AdmitRule{Group: "sg-database", Rule: worlds.AllowGroup("from-node-group", "sg-node")}},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverMySQL("ecs-b", "database"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom the group keeps admitting uses the database",
	}},
}
