package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var (
	// bridgeOverContainers installs an engine on ecs-25 whose docker0 holds the
	// page's container CIDR.
	bridgeOverContainers = change.InstallEngine{
		Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge},
	}
	// bridgeElsewhere is what the documentation does about it.
	bridgeElsewhere = change.SetBridgeIP{Host: "ecs-25", Address: worlds.FreeBridge}
	// openGroup is what people do about it: a drop looks like a security group's.
	openGroup = change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)}
	// routeInVPC is the next idea: a route to the containers in the host's table.
	routeInVPC = change.AddRoute{Table: "rtb-demo", Route: topology.Route{
		Destination: worlds.ContainerCIDR, Instance: "node-1",
	}}
)

// swallowed is a reply of ecs-25 that its own docker0 holds the destination of.
var swallowed = verdict.ReplyLost("ecs-25", "ecs-25", verdict.EngineNetwork("ecs-25", topology.DefaultBridge))

// podSeen is whom a peer sees when pod-a reaches it.
var podSeen = scenario.PerMode[verdict.Verdict]{
	Tunnel: verdict.ReachedAs("node-1"),
	Routed: verdict.ReachedAs("pod-a"),
}

// swallowedWhenRouted: docker0 over the containers is met by their addresses only.
var swallowedWhenRouted = scenario.PerMode[verdict.Verdict]{
	Tunnel: verdict.ReachedAs("node-1"),
	Routed: swallowed,
}

// nodeReaches is the control that separates the conflict from everything that a
// node and its pods share.
var nodeReaches = scenario.Control{
	Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
	Verdict: scenario.Both(verdict.ReachedAs("node-1")),
	Why:     "the node's address is on no bridge, so host, group and port are sound",
}

// otherPeerReached is the control that separates the conflict from the pod.
var otherPeerReached = scenario.Control{
	Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Verdict: podSeen,
	Why:     "a peer without an engine answers the same pod",
}
