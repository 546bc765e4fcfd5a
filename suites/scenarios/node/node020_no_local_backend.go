package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE020: the Service keeps its clients' addresses, and the addressed node has
// no backend of it.
//
//	ecs-25 192.168.10.25 ── vpc-demo ── node-2 192.168.10.12:30080 ──✗ policy Local
//	                                    node-1 192.168.10.11:30080 ── web ── pod-a
//
// Tunnel mode hangs on the node without a backend: its packets may not go on to node-1.
// Routed mode hangs there as well: the policy is the Service's, not the network's.
// Claim: service/local-policy-needs-a-local-backend.
var NODE020 = scenario.Scenario{
	ID:      "NODE-020",
	Title:   "node without a backend is addressed under traffic policy Local",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "service/local-policy-needs-a-local-backend",
	World:   worlds.WebVPC,
	Flow:    topology.OverTCP("ecs-25", "node-2", worlds.NodePort),
	Break:   scenario.Both[change.Change](change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy}),
	Symptom: scenario.Both(verdict.Dropped("node-2", verdict.NoLocalEndpoint("node-2", "web"))),
	Remedy:  scenario.Both[change.Change](change.SetTrafficPolicy{Service: "web", Policy: topology.ClusterPolicy}),
	Cured:   scenario.Both(verdict.ReachedAs("node-2")),
	// The node with the backend answers under both policies.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("ecs-25", "node-1", worlds.NodePort),
		Symptom: scenario.Both(verdict.ReachedAs("ecs-25")),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// The group that let the packet in already.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// A server on the node that the Service does not select.
		change.StartListening{Endpoint: "pod-b", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.IdlePort}},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "web", worlds.ServicePort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "the policy is for clients outside: a pod of the same node reaches the backend by the cluster IP",
	}},
}
