package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG009: the peer's security group is open and nothing listens on the port.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25:80
//	                                                        ▌admits all    nothing listens ▲
//
// Tunnel mode is refused at once: the answer comes from the host, not from the cloud.
// Routed mode is refused at once, the same way.
// Claim: security-group/port-open-on-the-instance.
var SG009 = scenario.Scenario{
	ID:     "SG-009",
	Title:  "nothing listens behind an open security group",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/port-open-on-the-instance",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.StopListening{
		Endpoint: "ecs-25", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort},
	}),
	Symptom: scenario.Both(verdict.Refused()),
	Remedy: scenario.Both[change.Change](change.StartListening{
		Endpoint: "ecs-25", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort},
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.Both([]change.Change{
		// A refusal is not a security group's doing, so opening one is no use.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The service started, on another port.
		change.StartListening{Endpoint: "ecs-25", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.IdlePort}},
	}),
	Controls: []scenario.Control{{
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "another port of the same host answers in every phase, so the host and the way to it are sound",
	}},
}
