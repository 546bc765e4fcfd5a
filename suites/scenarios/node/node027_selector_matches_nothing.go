package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE027: the Service's selector matches no pod.
//
//	pod-b ── node-2 ──✗ web 10.247.0.80:80: no endpoints
//	      └── pod-a 172.16.0.10:8080 answers
//
// Tunnel mode is answered by the client's own node: there is nothing behind the Service.
// Routed mode is answered in the same way, at once and aloud: it is no network fault.
// Claim: service/selector-must-match.
var NODE027 = scenario.Scenario{
	ID:      "NODE-027",
	Title:   "Service selects no pod",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "service/selector-must-match",
	World:   worlds.WebVPC,
	Flow:    topology.OverTCP("pod-b", "web", worlds.ServicePort),
	Break:   scenario.Both[change.Change](change.SetBackends{Service: "web"}),
	Symptom: scenario.Both(verdict.Rejected("node-2", verdict.NoEndpoints)),
	Remedy:  scenario.Both[change.Change](change.SetBackends{Service: "web", Pods: []string{"pod-a"}}),
	Cured:   scenario.Both(verdict.ReachedAs("pod-b")),
	Decoys: scenario.Both([]change.Change{
		// The group, as if somebody had dropped something.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The Service's port on the pod, which nobody is led to.
		change.StartListening{Endpoint: "pod-a", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.ServicePort}},
		// The policy for clients outside.
		change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "pod-a", worlds.PodPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "the pod that the Service should lead to answers when it is asked directly",
	}},
}
