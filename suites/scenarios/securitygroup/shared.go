package securitygroup

import (
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What many scenarios of the family say, in one place.
var (
	// asPodA and asPodB are whom a server sees when pod-a on node-1 or pod-b on
	// node-2 is let through.
	asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}
	asPodB = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")}

	// deniedByDefault is the silence of ecs-25's groups when no rule of theirs matches.
	deniedByDefault = verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))

	// admitsNoSource takes both rules away that let the cluster in.
	admitsNoSource = change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
	)
)
