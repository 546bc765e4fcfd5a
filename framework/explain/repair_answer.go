package explain

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// listen makes a server listen where the flow ended.
func (b *bench) listen() {
	want := topology.Listener{Protocol: b.flow.Protocol, Port: b.flow.Port}
	server := b.to.Name
	for _, s := range b.seen.Path.Forth {
		// The last machine that it was delivered to is who refused.
		if _, known := b.world.Endpoint(s.Hop); known {
			server = s.Hop
		}
	}
	if c, isService := b.service(); isService {
		want.Port = c.TargetPort
	}
	for _, l := range b.world.LoadBalancers {
		for _, back := range l.Backends {
			if l.Name == b.to.Name && back.Machine == server {
				want.Port = back.Port
			}
		}
	}
	b.add(func(w *topology.World) bool {
		if h := hostOf(w, server); h != nil && h.Managed != nil && h.Managed.Stopped {
			h.Managed.Stopped = false
			return true
		}
		for i := range w.LoadBalancers {
			if l := &w.LoadBalancers[i]; l.Name == server {
				l.Listener = want
				return true
			}
		}
		ls := listenersOf(w, server)
		if ls != nil {
			*ls = append(*ls, want)
		}
		return ls != nil
	}, "%s listens on %s/%d", server, want.Protocol, want.Port)
}

// service is the Service that the flow is directed to, if it is to one.
func (b *bench) service() (topology.Service, bool) {
	for _, c := range b.world.Clusters {
		if s, found := c.ServiceAt(b.to.Address, b.flow.Protocol, b.flow.Port); found {
			return s, true
		}
	}
	return topology.Service{}, false
}

func listenersOf(w *topology.World, name string) *[]topology.Listener {
	if h := hostOf(w, name); h != nil {
		return &h.Listeners
	}
	if n := nodeOf(w, name); n != nil {
		return &n.Listeners
	}
	if p := podOf(w, name); p != nil {
		return &p.Listeners
	}
	return nil
}

func podOf(w *topology.World, name string) *topology.Pod {
	for i := range w.Clusters {
		for j := range w.Clusters[i].Pods {
			if w.Clusters[i].Pods[j].Name == name {
				return &w.Clusters[i].Pods[j]
			}
		}
	}
	return nil
}

// match gives the Service that the flow is directed to those pods for backends which
// listen on its target port, or else a pod that is made to.
func (b *bench) match() {
	s, found := b.service()
	if !found {
		return
	}
	b.onService(s.Name, func(c *topology.Cluster, s *topology.Service) {
		want := topology.Listener{Protocol: s.Protocol, Port: s.TargetPort}
		first := -1
		for i, p := range c.Pods {
			if p.Pending || p.HostNetwork {
				continue
			}
			if first < 0 {
				first = i
			}
			for _, l := range p.Listeners {
				if l == want {
					s.Backends = append(s.Backends, p.Name)
				}
			}
		}
		if len(s.Backends) == 0 && first >= 0 {
			c.Pods[first].Listeners = append(c.Pods[first].Listeners, want)
			s.Backends = []string{c.Pods[first].Name}
		}
	}, "the selector of Service %s matches pods that listen on %d", s.Name, s.TargetPort)
}

// resolve teaches a cluster's DNS the private names.
func (b *bench) resolve() {
	b.add(func(w *topology.World) bool {
		for i := range w.Clusters {
			if c := &w.Clusters[i]; b.from.Cluster != nil && c.Name == b.from.Cluster.Name && c.DNS != nil {
				c.DNS.PrivateNames = true
				return true
			}
		}
		return false
	}, "the cluster's DNS knows private names")
}

// start gives a pod without an address one of its node's that nobody has.
func (b *bench) start() {
	node := b.from.Node
	if node == nil {
		return
	}
	a, found := b.free(*node)
	b.add(func(w *topology.World) bool {
		p := podOf(w, b.from.Name)
		if p == nil || !found {
			return false
		}
		p.Pending, p.Address = false, a
		return true
	}, "%s has an address, %s", b.from.Name, a)
	b.replacePods(*node)
}

// replacePods gives the pod the address of another pod of its node, which is gone.
func (b *bench) replacePods(node topology.Node) {
	b.add(func(w *topology.World) bool {
		p := podOf(w, b.from.Name)
		for i := range w.Clusters {
			for j := range w.Clusters[i].Pods {
				other := &w.Clusters[i].Pods[j]
				if p == nil || other.Node != node.Name || other == p || !other.Address.IsValid() || other.Name == b.to.Name {
					continue
				}
				p.Pending, p.Address = false, other.Address
				other.Pending, other.Address = true, netip.Addr{}
				return true
			}
		}
		return false
	}, "%s has the address of another pod of %s, which is gone", b.from.Name, node.Name)
}

// free is an address of a node's blocks that no pod has.
func (b *bench) free(n topology.Node) (netip.Addr, bool) {
	taken := map[netip.Addr]bool{}
	for _, e := range b.world.Endpoints() {
		taken[e.Address] = true
	}
	for _, block := range n.Blocks() {
		if !block.IsValid() {
			continue
		}
		for a := block.Masked().Addr().Next().Next(); block.Contains(a.Next()); a = a.Next() {
			if !taken[a] {
				return a, true
			}
		}
	}
	return netip.Addr{}, false
}
