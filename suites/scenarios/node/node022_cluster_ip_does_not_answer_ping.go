package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE022: the configuration is changed from a pod's address to the Service's,
// and monitored by ping as before.
//
//	pod-b ── node-2 ── vpc-demo ──✗ ping 10.247.0.80, which no route table knows
//	      └── tcp 10.247.0.80:80 ── web ── pod-a
//
// Tunnel mode translates the Service's port only: a ping leaves as node-2 and is lost.
// Routed mode does not translate it either: it leaves as the pod and is lost.
// Claim: service/cluster-ip-is-no-host.
var NODE022 = scenario.Scenario{
	ID:      "NODE-022",
	Title:   "cluster IP does not answer ping",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "service/cluster-ip-is-no-host",
	World:   worlds.WebVPC,
	Flow:    topology.Ping("pod-b", "web-app"),
	Break:   scenario.Both[change.Change](change.PointName{Name: "web-app", Target: "web"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))),
	Remedy:  scenario.Both[change.Change](change.PointName{Name: "web-app", Target: "pod-a"}),
	Cured:   scenario.Both(verdict.ReachedAs("pod-b")),
	Decoys: scenario.Both([]change.Change{
		// A port, which a ping does not have.
		change.PointName{Name: "web-app", Target: "web", Port: worlds.ServicePort},
		// A rule for ping at the nodes.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowPing("ping", worlds.Anywhere)},
		// The other policy of the Service.
		change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "web", worlds.ServicePort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "the address that does not answer ping answers on its port all the time",
	}},
}
