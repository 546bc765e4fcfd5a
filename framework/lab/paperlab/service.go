package paperlab

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// serve does to a new packet what kube-proxy does on a node: what is for a
// cluster IP, from the node or its pods, or for a NodePort of the node, from
// anywhere, goes to a backend. A client of a NodePort under ClusterPolicy gets
// the node's address, as do the node itself and a pod that reaches itself.
//
// Source: cce_10_0249 "Service Overview", cce_10_0142 "NodePort"; kube-proxy in
// iptables mode for what they leave open: the node itself and its own pods reach
// the backends of other nodes under LocalPolicy too; pods of other nodes do not,
// since kube-proxy knows its pods by the interface that they come from.
func (k *walker) serve(s site, g *passage) *drop {
	service, found := s.cluster.ServiceAt(g.dst, g.protocol, g.port)
	if !found {
		return nil
	}
	byNodePort := g.dst != service.Address
	if byNodePort && g.dst != s.node.NIC.Address || !byNodePort && s.inlet != fromSelf && s.inlet != fromPod {
		return nil
	}
	backends := k.backends(s.cluster, service)
	if len(backends) == 0 {
		return k.rejected(s.name(), "", verdict.NoEndpoints)
	}
	backend := backends[0]
	inside := s.inlet == fromSelf || s.inlet == fromPod
	if byNodePort && service.Policy == topology.LocalPolicy && !inside {
		var local bool
		if backend, local = firstOn(s.name(), backends); !local {
			return k.dropped(s.name(), verdict.NoLocalEndpoint(s.name(), service.Name))
		}
	}
	g.hidden = s.inlet == fromSelf || backend.Name == s.sender.Name || byNodePort && service.Policy != topology.LocalPolicy
	g.dst, g.port = backend.Address, service.TargetPort
	k.step(s.name(), "", "translated to %s (%s) for %s", backend.Name, backend.Address, service.Name)
	return nil
}

// backends lists the pods behind a Service that have an address.
func (k *walker) backends(c *topology.Cluster, s topology.Service) []topology.Endpoint {
	var all []topology.Endpoint
	for _, name := range s.Backends {
		e, known := k.world.Endpoint(name)
		if known && e.Cluster != nil && e.Cluster.Name == c.Name && e.Address.IsValid() {
			all = append(all, e)
		}
	}
	return all
}

func firstOn(machine string, es []topology.Endpoint) (topology.Endpoint, bool) {
	for _, e := range es {
		if e.Machine == machine {
			return e, true
		}
	}
	return topology.Endpoint{}, false
}
