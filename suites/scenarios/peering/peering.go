package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// peeringDemo is the peering of the page's cross-VPC example, as its owner
// creates it again.
var peeringDemo = topology.Peering{
	Name: "peering-demo", Local: "vpc-demo", Peer: "vpc-demo2", State: topology.Active,
}

// peeringDirect is the peering of worlds.HubVPCs that spares the hub.
var peeringDirect = topology.Peering{
	Name: "peering-direct", Local: "vpc-demo", Peer: "vpc-demo3", State: topology.Active,
}

// directRoutes is that peering with routes for the nodes, both ways, in place of
// those through the hub.
var directRoutes = change.All(
	change.AddPeering{Peering: peeringDirect},
	change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Demo3CIDR},
	change.AddRoute{Table: "rtb-demo", Route: worlds.OverNamed("peering-direct", worlds.Demo3CIDR)},
	change.WithdrawRoute{Table: "rtb-demo3", Destination: worlds.DemoCIDR},
	change.AddRoute{Table: "rtb-demo3", Route: worlds.OverNamed("peering-direct", worlds.DemoCIDR)},
)
