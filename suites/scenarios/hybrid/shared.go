package hybrid

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// podSeen is whom a peer sees when pod-a reaches it.
var podSeen = scenario.PerMode[verdict.Verdict]{
	Tunnel: verdict.ReachedAs("node-1"),
	Routed: verdict.ReachedAs("pod-a"),
}

// insideReached is the control that separates the way to another network from
// the pod and its own.
var insideReached = scenario.Control{
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Verdict: podSeen,
	Why:     "inside its own VPC the pod is answered in every phase",
}
