package topology

import "net/netip"

// TrafficPolicy is a Service's externalTrafficPolicy.
type TrafficPolicy string

const (
	// ClusterPolicy forwards to any backend and hides the client; the zero
	// value means the same.
	ClusterPolicy TrafficPolicy = "Cluster"
	// LocalPolicy forwards to backends on the same node only and keeps the
	// client's address.
	LocalPolicy TrafficPolicy = "Local"
)

// Service is a Kubernetes Service. A flow directed to its name goes to its
// cluster IP and Port; one directed to a node's NodePort is forwarded likewise.
//
// Source: cce_10_0249 "Service Overview".
type Service struct {
	Name string `yaml:"name"`
	// Address is the cluster IP, in the cluster's Service CIDR.
	Address  netip.Addr `yaml:"address"`
	Protocol Protocol   `yaml:"protocol"`
	Port     uint16     `yaml:"port"`
	// TargetPort is the pods'.
	TargetPort uint16 `yaml:"targetPort"`
	// NodePort is zero for a Service of type ClusterIP.
	NodePort uint16        `yaml:"nodePort,omitempty"`
	Policy   TrafficPolicy `yaml:"policy,omitempty"`
	// Backends are the pods that the selector matches; none is a selector that
	// matches nothing.
	Backends []string `yaml:"backends,omitempty"`
}

// NetworkPolicy restricts where pods may send to: to the blocks that it allows
// less their exceptions, and nowhere else.
//
// Source: cce_10_0059 "Configuring Network Policies to Restrict Pod Access".
type NetworkPolicy struct {
	Name string `yaml:"name"`
	// Pods are those that the policy selects.
	Pods   []string  `yaml:"pods"`
	Egress []IPBlock `yaml:"egress,omitempty"`
}

// IPBlock is a block less exceptions.
type IPBlock struct {
	CIDR   netip.Prefix   `yaml:"cidr"`
	Except []netip.Prefix `yaml:"except,omitempty"`
}

// Allows reports whether the policy lets its pods send to the destination.
func (p NetworkPolicy) Allows(dst netip.Addr) bool {
	for _, b := range p.Egress {
		if b.CIDR.Contains(dst) && !anyContains(b.Except, dst) {
			return true
		}
	}
	return false
}

// DNS is the cluster's DNS: one server on a node.
type DNS struct {
	Node string `yaml:"node"`
	// PrivateNames says whether the server knows the private names of the VPC,
	// the world's NameRecords; without it, it answers that there is no such name.
	//
	// Source: cce_faq_00107.
	PrivateNames bool `yaml:"privateNames,omitempty"`
}

// Blocks lists all blocks of the node, the first one first.
func (n Node) Blocks() []netip.Prefix { return append([]netip.Prefix{n.Block}, n.MoreBlocks...) }

// Has reports whether an address is of one of the node's blocks.
func (n Node) Has(a netip.Addr) bool { return anyContains(n.Blocks(), a) }

// ServiceAt finds the Service that a destination address and port lead to: by
// its cluster IP, or by a NodePort of one of the cluster's nodes.
func (c *Cluster) ServiceAt(dst netip.Addr, p Protocol, port uint16) (Service, bool) {
	for _, s := range c.Services {
		if s.Protocol != p {
			continue
		}
		if s.Address == dst && s.Port == port {
			return s, true
		}
		if s.NodePort == 0 || s.NodePort != port {
			continue
		}
		for _, n := range c.Nodes {
			if n.NIC.Address == dst {
				return s, true
			}
		}
	}
	return Service{}, false
}
