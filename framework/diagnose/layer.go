package diagnose

import (
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Layer is a part of the world that a fault can lie in. The zero value means
// that none was found.
type Layer string

const (
	// SecurityGroup is a security group, of the peer or of the nodes.
	SecurityGroup Layer = "security-group"
	// Whitelist is the access control of a managed service: a list that its user
	// keeps. Whom a service never serves is no list's business.
	Whitelist Layer = "whitelist"
	// Engine is a container engine on the peer, with the networks of its bridges.
	Engine Layer = "engine"
	// Route is a route table, or a connection that routes lead over.
	Route Layer = "route"
	// NetworkACL is a network ACL of a subnet.
	NetworkACL Layer = "network-acl"
	// Node is a node of the cluster, with all that its system and the container
	// service set on it.
	Node Layer = "node"
	// Server is the peer's own system: its firewall, or nobody listening.
	Server Layer = "server"
	// Gateway is a NAT gateway, VPN gateway or load balancer.
	Gateway Layer = "gateway"
	// Service is a Kubernetes Service.
	Service Layer = "service"
	// DNS is the cluster's DNS.
	DNS Layer = "dns"
	// AddressPlan is blocks that overlap, or have no address left.
	AddressPlan Layer = "address-plan"
	// Address is the destination itself: nobody answers there in this way.
	Address Layer = "address"
	// Authentication is the password of a managed service. It is no part of the
	// network, which has done its work when a service can refuse one.
	Authentication Layer = "password"
)

// Order lists the layers in the order in which a walk looks at them: the page's
// three first.
//
// Source: cce_10_0399, "What If a Container Fails to Access an Intranet?"
func Order() []Layer {
	return []Layer{
		SecurityGroup, Whitelist, Engine, Route, NetworkACL, Node,
		Server, Gateway, Service, DNS, AddressPlan, Address, Authentication,
	}
}

// layerOf is the layer that a dropping rule belongs to by its name alone; empty
// for a name that is none of package verdict's.
func layerOf(rule string) Layer {
	part := strings.Split(rule, "/")
	last := part[len(part)-1]
	switch part[0] {
	case "sg":
		return SecurityGroup
	case "whitelist":
		return Whitelist
	case "engine":
		if last == topology.ModelArtsContainerNetwork || last == topology.ModelArtsServiceNetwork {
			// Nobody can move the networks of a pool: the other block has to.
			return AddressPlan
		}
		return Engine
	case "dcs":
		// What a cache does not serve across a peering no whitelist changes: clients
		// of some blocks, or all if it has several shards.
		if last == "one-vpc" {
			return Address
		}
		return AddressPlan
	case "rt", "peering":
		return Route
	case "acl":
		return NetworkACL
	case "nic", "policy":
		return Node
	case "nat", "vpn", "lb":
		return Gateway
	case "service":
		return Service
	case "vpc":
		// A system route holds the address for nobody; a packet of no connection
		// came another way than it went.
		if last == "no-such-address" {
			return AddressPlan
		}
		return Route
	case "node":
		if last == "no-such-container" {
			return AddressPlan
		}
		return Node
	case "host":
		return layerOfHost(part)
	default:
		return ""
	}
}

func layerOfHost(part []string) Layer {
	switch {
	case part[len(part)-1] == "reverse-path":
		return Engine
	case part[len(part)-1] == "not-forwarded":
		return Route
	default:
		return Server
	}
}

// layerOfAnswer is the layer that an answer without a dropping rule points to.
func layerOfAnswer(v verdict.Verdict) Layer {
	switch {
	case v.Kind == verdict.KindRefused:
		return Server
	case v.Kind == verdict.KindMisdelivered:
		return AddressPlan
	case v.Kind == verdict.KindAppDenied:
		return layerOfDenial(v.Code)
	case v.Code == verdict.NoSuchName:
		return DNS
	case v.Code == verdict.NoEndpoints:
		return Service
	case v.Code == verdict.NoAddress:
		return AddressPlan
	case v.Kind == verdict.KindReplyLost:
		// The peer's own machine sent the reply elsewhere.
		return Engine
	default:
		return ""
	}
}

// layerOfDenial is the layer that a service points to itself when it says no.
func layerOfDenial(code string) Layer {
	switch code {
	case verdict.WrongPassword:
		return Authentication
	case verdict.NotListed:
		return Whitelist
	case verdict.OtherProtocol:
		return Address
	case verdict.DataLost:
		return Server
	default:
		return ""
	}
}

// isNode reports whether a machine is a node of a cluster.
func isNode(w *topology.World, machine string) bool {
	return clusterOf(w, machine) != nil
}

// clusterOf is the cluster of a node; nil for any other machine.
func clusterOf(w *topology.World, machine string) *topology.Cluster {
	for i := range w.Clusters {
		if w.Clusters[i].Node(machine) != nil {
			return &w.Clusters[i]
		}
	}
	return nil
}
