package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG018: the user's configuration holds the wrong address. The page does so
// itself: its prose speaks of .52, its transcripts ping .25.
//
//	                                            ┌──▌sg-ecs▐── ecs-25 192.168.10.25  admits pods and nodes
//	pod-a ── node-1 192.168.10.11 ── vpc-demo ──┤
//	            app-server = 192.168.10.52 ────►└──▌sg-new▐── ecs-52 192.168.10.52  admits itself only
//
// Tunnel mode is met by the silence of another host's group.
// Routed mode is met by the same silence, which looks like the right host's.
// Claim: intra-vpc/worked-example-address.
var SG018 = scenario.Scenario{
	ID:       "SG-018",
	Title:    "configuration names the wrong host",
	Origin:   scenario.Derived,
	Tier:     scenario.Core,
	Claim:    "intra-vpc/worked-example-address",
	Disputed: "the page's prose names .52 and its transcripts ping .25; here they are two hosts",
	World:    worlds.OneVPC,
	Flow:     topology.Ping("pod-a", "app-server"),
	Break:    scenario.Both[change.Change](change.PointName{Name: "app-server", Target: "ecs-52"}),
	Symptom: scenario.Both(
		verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-52", topology.Ingress))),
	Remedy: scenario.Both[change.Change](change.PointName{Name: "app-server", Target: "ecs-25"}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.Both([]change.Change{
		// Whoever believes that the address is right opens the right host's
		// group, wider and wider.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "the host that was meant answers all the time, when it is the one that is asked",
	}},
}
