package peering

import (
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What many scenarios of the family say, in one place.
var (
	// asPodA and asPodB are whom a server sees when pod-a on node-1 or pod-b on
	// node-2 reaches it.
	asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}
	asPodB = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")}

	// noWayBack is a reply that dies in the table of ecs-p's subnet.
	noWayBack = verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2"))
	// noWayToPods is a request for a container of a tunnel cluster: its VPC has no
	// route to any.
	noWayToPods = verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))
	// replyAstray is a reply to a container that a route hands to ecs-p2.
	replyAstray = verdict.ReplyLost("ecs-p", "ecs-p2", verdict.NotForwarded("ecs-p2"))
)
