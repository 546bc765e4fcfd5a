package fabric

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What a Service does to a flow is kube-proxy's. The fabric only recognises the
// flow on both sides of the translation, and bears witness to what kube-proxy
// drops without a word.

// served is a flow that a node translates for a Service.
type served struct {
	topology.Service
	// node is the one that translates: the client's own for a cluster IP, the one
	// that is addressed for a NodePort.
	node topology.Node
	// captured is a flow that was directed to somebody else whose address the
	// Service has.
	captured bool
	backends []topology.Endpoint
	// servers are whoever may listen at the backends' addresses.
	servers []string
}

// serviceOf finds the Service that translates a flow, and the node that does.
func serviceOf(w *topology.World, from, to topology.Endpoint, flow topology.Flow) *served {
	for i := range w.Clusters {
		c := &w.Clusters[i]
		s, found := c.ServiceAt(to.Address, flow.Protocol, flow.Port)
		if !found {
			continue
		}
		v := &served{Service: s, captured: to.Kind != topology.KindService}
		if s.Address == to.Address {
			if from.Node == nil || from.Cluster.Name != c.Name {
				continue
			}
			v.node = *from.Node
		} else {
			n := slices.IndexFunc(c.Nodes, func(n topology.Node) bool { return n.NIC.Address == to.Address })
			v.node, v.captured = c.Nodes[n], to.Machine != c.Nodes[n].Name
		}
		for _, name := range s.Backends {
			if e, known := w.Endpoint(name); known && e.Address.IsValid() {
				v.backends = append(v.backends, e)
			}
		}
		for _, e := range w.Endpoints() {
			if slices.ContainsFunc(v.backends, func(b topology.Endpoint) bool { return b.Address == e.Address && b.Machine == e.Machine }) {
				v.servers = append(v.servers, e.Name)
			}
		}
		return v
	}
	return nil
}

// throughService completes a question that a node translates: after the leg to
// the Service there is one to each of its backends.
func (q *asked) throughService(w *topology.World, s *served) {
	q.service, q.namesakes = s, nil
	q.leavesFrom = q.from.Machine
	if v, _, ok := w.SubnetOf(q.from.Attached.Subnet); ok && (q.from.Node == nil || s.node.Name != q.from.Machine) {
		q.leavesFrom = v.Name
	}
	if len(s.backends) == 0 {
		return
	}
	clients := append(clientAddresses(w, q.from), s.node.NIC.Address)
	for _, b := range s.node.Blocks() {
		clients = append(clients, b.Masked().Addr().Next())
	}
	slices.SortFunc(clients, netip.Addr.Compare)
	clients = slices.Compact(clients)
	q.server, q.alternatives = s.backends[0], len(s.backends)-1
	for _, b := range s.backends {
		l := leg{clients: clients, server: b.Address, protocol: q.protocol, port: s.TargetPort}
		switch {
		case b.Kind == topology.KindPod:
			l.arrivesAt = b.Machine
		case b.Machine != s.node.Name:
			if v, _, ok := w.SubnetOf(b.Attached.Subnet); ok {
				l.arrivesAt = v.Name
			}
		}
		q.legs = append(q.legs, l)
	}
	q.arrivesAt = q.legs[1].arrivesAt
}

// serves reports whether somebody of that name may have answered.
func (q asked) serves(name string) bool {
	switch {
	case q.instance != "" && q.service == nil:
		return managed.NameOf(name) == q.instance
	case q.service == nil:
		return name == q.server.Name
	}
	return !q.service.captured && slices.Contains(q.service.servers, name)
}

// rejected is what a refusal means for a Service without backends: kube-proxy's
// own, if the node that translates sent it, in whichever of its addresses.
func (q asked) rejected(a probe.Answer) (verdict.Verdict, bool) {
	if q.service == nil || len(q.service.backends) > 0 {
		return verdict.Verdict{}, false
	}
	n := q.service.node
	own := append([]netip.Addr{n.NIC.Address, q.to.Address}, q.from.Address)
	for _, b := range n.Blocks() {
		own = append(own, b.Masked().Addr().Next())
	}
	if a.Rejection == nil || !slices.Contains(own, a.Rejection.From) {
		return verdict.Inconclusive("%s has no backends, and %s refused, not %s", q.service.Name, a.Err, n.Name), true
	}
	return verdict.Rejected(n.Name, verdict.NoEndpoints), true
}

// serviceCarriers are the nodes between which the overlay carries what a node has
// translated.
func (q asked) serviceCarriers() []netip.Addr {
	for _, b := range q.service.backends {
		if b.Cluster.Mode == topology.Tunnel && b.Kind == topology.KindPod && b.Machine != q.service.node.Name {
			return []netip.Addr{q.service.node.NIC.Address, b.Node.NIC.Address}
		}
	}
	return nil
}

// NodePortPlan is a NodePort as one node has it.
type NodePortPlan struct {
	Service  string
	Protocol topology.Protocol
	Port     uint16
	// Silent is a port whose traffic policy is Local on a node without a backend.
	Silent bool
}

// planNodePorts lists the NodePorts of the cluster's Services that have backends.
func planNodePorts(c *topology.Cluster, node string) []NodePortPlan {
	var all []NodePortPlan
	for _, s := range c.Services {
		if s.NodePort == 0 {
			continue
		}
		behind, local := false, false
		for _, p := range c.Pods {
			if slices.Contains(s.Backends, p.Name) && !p.Pending {
				behind, local = true, local || p.Node == node
			}
		}
		if behind {
			all = append(all, NodePortPlan{
				Service: s.Name, Protocol: s.Protocol, Port: s.NodePort, Silent: s.Policy == topology.LocalPolicy && !local,
			})
		}
	}
	return all
}

// nodePorts bears witness to what kube-proxy drops for want of a backend on the
// node, and to what the node would have to forward to one while it forwards
// nothing.
func (t *nodeTable) nodePorts() {
	arrival := &t.Chains[slices.IndexFunc(t.Chains, func(c nft.Chain) bool { return c.Name == arrivalChain })]
	for _, p := range t.NodePorts {
		m := nft.Match{Destination: host(t.Address), Protocol: protocolOf(p.Protocol), DestinationPorts: nft.Port(p.Port)}
		switch {
		case p.Silent:
			m.InIface = t.iface // pods of the node get through
			arrival.Rules = append(arrival.Rules, condemned(nft.Accept()), t.fates.witness(verdict.NoLocalEndpoint(t.name, p.Service), m))
		case t.Forwarding == "0":
			rule := t.fates.witness(verdict.ForwardingOff(t.name), m)
			rule.Name = "" // a counter counts for one rule; the watch counts for all
			arrival.Rules = append(arrival.Rules, condemned(nft.Accept()), rule)
		}
	}
}
