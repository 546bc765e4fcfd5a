package peering

import "github.com/vpcgate/vpcgate/framework/topology"

// peeringDemo is the peering of the page's cross-VPC example, as its owner
// creates it again.
var peeringDemo = topology.Peering{
	Name: "peering-demo", Local: "vpc-demo", Peer: "vpc-demo2", State: topology.Active,
}
