package topology

import (
	"net/netip"
	"slices"
)

// EndpointKind says what a name in a world stands for.
type EndpointKind string

const (
	// KindHost is a host outside every cluster.
	KindHost EndpointKind = "host"
	// KindNode is a cluster node.
	KindNode EndpointKind = "node"
	// KindPod is a pod with an address of its own.
	KindPod EndpointKind = "pod"
	// KindHostPod is a pod on its node's network.
	KindHostPod EndpointKind = "host-network pod"
	// KindService is a Kubernetes Service, by its cluster IP; only a destination.
	KindService EndpointKind = "service"
	// KindTranslator is a VPC endpoint or private NAT; only a destination.
	KindTranslator EndpointKind = "translator"
	// KindBalancer is a load balancer; only a destination.
	KindBalancer EndpointKind = "load balancer"
)

// Endpoint is a resolved end of a flow. Attached is the NIC through which it
// meets the VPC (for a pod: its node's) and Machine the name of that NIC's
// owner; a Service has neither. Cluster is set for nodes, pods and Services,
// Node for nodes and pods, Managed for instances of managed services and for
// translators to one. Listeners leaves out what an instance serves by itself.
type Endpoint struct {
	Name      string
	Kind      EndpointKind
	Address   netip.Addr
	Machine   string
	Attached  NIC
	Listeners []Listener
	Cluster   *Cluster
	Node      *Node
	Managed   *Managed
}

// Listens reports whether the endpoint answers on the port. Everything alive
// answers ICMP, except a Service, which is no machine.
func (e Endpoint) Listens(p Protocol, port uint16) bool {
	if p == ICMP {
		return e.Kind != KindService
	}
	return slices.Contains(e.Listeners, Listener{Protocol: p, Port: port}) || p == TCP && e.Managed.Listens(port)
}

// Endpoints lists every host, node and pod in the order of the world: whatever
// a flow can be asked from.
func (w *World) Endpoints() []Endpoint {
	var all []Endpoint
	for i := range w.Hosts {
		h := &w.Hosts[i]
		all = append(all, Endpoint{
			Name: h.Name, Kind: KindHost, Address: h.NIC.Address, Machine: h.Name, Attached: h.NIC,
			Listeners: h.Listeners, Managed: h.Managed,
		})
	}
	for i := range w.Clusters {
		c := &w.Clusters[i]
		for j := range c.Nodes {
			n := &c.Nodes[j]
			all = append(all, Endpoint{Name: n.Name, Kind: KindNode, Address: n.NIC.Address, Machine: n.Name, Attached: n.NIC, Listeners: n.Listeners, Cluster: c, Node: n})
		}
		for _, p := range c.Pods {
			n := c.Node(p.Node)
			if n == nil {
				continue
			}
			e := Endpoint{Name: p.Name, Kind: KindPod, Address: p.Address, Machine: n.Name, Attached: n.NIC, Listeners: p.Listeners, Cluster: c, Node: n}
			if p.HostNetwork {
				e.Kind, e.Address = KindHostPod, n.NIC.Address
			}
			all = append(all, e)
		}
	}
	return all
}

// Destinations lists the endpoints, then what flows can only be directed to:
// Services, translators and load balancers.
func (w *World) Destinations() []Endpoint {
	all := w.Endpoints()
	for i := range w.Clusters {
		c := &w.Clusters[i]
		for _, s := range c.Services {
			all = append(all, Endpoint{
				Name: s.Name, Kind: KindService, Address: s.Address, Cluster: c,
				Listeners: []Listener{{Protocol: s.Protocol, Port: s.Port}},
			})
		}
	}
	for _, t := range w.Translators {
		e := Endpoint{Name: t.Name, Kind: KindTranslator, Address: t.NIC.Address, Machine: t.Name, Attached: t.NIC}
		if target, known := w.Host(t.Target); known {
			e.Listeners, e.Managed = target.Listeners, target.Managed
		}
		all = append(all, e)
	}
	for _, b := range w.LoadBalancers {
		all = append(all, Endpoint{
			Name: b.Name, Kind: KindBalancer, Address: b.NIC.Address, Machine: b.Name, Attached: b.NIC,
			Listeners: []Listener{b.Listener},
		})
	}
	return all
}

// Endpoint resolves the name of a destination, or a NameRecord that points to one.
func (w *World) Endpoint(name string) (Endpoint, bool) {
	if r, known := w.NameRecord(name); known {
		name = r.Target
	}
	for _, e := range w.Destinations() {
		if e.Name == name {
			return e, true
		}
	}
	return Endpoint{}, false
}

// NameRecord finds a name record.
func (w *World) NameRecord(name string) (NameRecord, bool) {
	for _, r := range w.Names {
		if r.Name == name {
			return r, true
		}
	}
	return NameRecord{}, false
}

// Target returns the flow as a client sends it: directed to what the NameRecord
// stands for, on the record's port if it has one. A question to the DNS keeps
// its name, and so does a flow that is not directed to a name.
func (w *World) Target(f Flow) Flow {
	r, known := w.NameRecord(f.To)
	if !known || f.Protocol == DNSQuery {
		return f
	}
	f.To = r.Target
	if r.Port != 0 && (f.Protocol == TCP || f.Protocol == UDP) {
		f.Port = r.Port
	}
	return f
}

// SeenAs names whom a server sees when a flow of this endpoint arrives with the
// given source address: the endpoint itself, or the node that masqueraded it. A
// node's own packets into the container network carry the first address of its
// block. It reports false for an address that is neither's.
func (e Endpoint) SeenAs(source netip.Addr) (string, bool) {
	switch {
	case !source.IsValid():
		return "", false
	case source == e.Attached.Address, e.Node != nil && e.Node.isGateway(source):
		return e.Machine, true
	case source == e.Address:
		return e.Name, true
	default:
		return "", false
	}
}

// Sees names whom a server sees when a flow arrives with the given source
// address: the client as SeenAs says, else the translator, load balancer, NAT
// gateway or node that put its own address in the client's place.
func (w *World) Sees(from Endpoint, source netip.Addr) (string, bool) {
	if name, ok := from.SeenAs(source); ok || !source.IsValid() {
		return name, ok
	}
	for _, t := range w.Translators {
		if t.Source == source {
			return t.Name, true
		}
	}
	for _, b := range w.LoadBalancers {
		if b.NIC.Address == source {
			return b.Name, true
		}
	}
	for _, g := range w.NATGateways {
		if g.Address == source {
			return g.Name, true
		}
	}
	for _, c := range w.Clusters {
		for _, n := range c.Nodes {
			if n.NIC.Address == source || n.isGateway(source) {
				return n.Name, true
			}
		}
	}
	return "", false
}

// Gateway is the address that the node has in its first block, its pods' gateway.
func (n Node) Gateway() netip.Addr { return n.Block.Masked().Addr().Next() }

// GatewayOf is the node's address in that of its blocks which holds the given
// address; it is Gateway for an address of none.
func (n Node) GatewayOf(a netip.Addr) netip.Addr {
	for _, b := range n.MoreBlocks {
		if b.Contains(a) {
			return b.Masked().Addr().Next()
		}
	}
	return n.Gateway()
}

func (n Node) isGateway(a netip.Addr) bool {
	for _, b := range n.Blocks() {
		if b.IsValid() && b.Masked().Addr().Next() == a {
			return true
		}
	}
	return false
}

// Published finds the container of the host's engine that serves on a port of
// the host.
func (h Host) Published(p Protocol, port uint16) (EngineContainer, bool) {
	if h.Engine == nil {
		return EngineContainer{}, false
	}
	for _, c := range h.Engine.Containers {
		if c.Published == (Listener{Protocol: p, Port: port}) {
			return c, true
		}
	}
	return EngineContainer{}, false
}
