package planning

import (
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// podSeen is whom a peer sees when pod-a reaches it.
var podSeen = scenario.PerMode[verdict.Verdict]{
	Tunnel: verdict.ReachedAs("node-1"),
	Routed: verdict.ReachedAs("pod-a"),
}
