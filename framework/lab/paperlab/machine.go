package paperlab

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// depart takes a packet that an endpoint sends to wherever it ends.
func (k *walker) depart(e topology.Endpoint, p packet) (arrival, *drop) {
	k.step(e.Name, "", "sent %s → %s", p.src, p.dst)
	switch {
	case e.Kind == topology.KindPod && p.dst == e.Address:
		k.step(e.Name, "", "delivered to itself")
		return arrival{packet: p, at: e}, nil
	case e.Node != nil:
		return k.throughNode(site{cluster: e.Cluster, node: e.Node, inlet: inletOf(e), sender: e}, p)
	case e.Kind == kindContainer:
		return k.fromContainer(e, p)
	case e.Kind == topology.KindHost:
		return k.fromHost(e, p)
	case p.dst == e.Address:
		k.step(e.Name, "", "delivered to itself")
		return arrival{packet: p, at: e}, nil
	default:
		return k.overVPC(e.Machine, p)
	}
}

// mostHops is how often a packet is sent on before it ends, as IP's time to live
// demands.
const mostHops = 64

// overVPC takes a packet from a machine's NIC to the machine that it is routed
// to, and on from there.
func (k *walker) overVPC(machine string, p packet) (arrival, *drop) {
	if k.hops++; k.hops > mostHops {
		return arrival{}, k.dropped(machine, "") // round and round
	}
	receiver, p, d := k.throughVPC(machine, p)
	if d != nil {
		return arrival{}, d
	}
	return k.arrive(receiver, p)
}

// arrive takes a packet that a machine's NIC was given.
func (k *walker) arrive(machine string, p packet) (arrival, *drop) {
	for i := range k.world.Clusters {
		c := &k.world.Clusters[i]
		if n := c.Node(machine); n != nil {
			return k.throughNode(site{cluster: c, node: n, inlet: fromVPC}, p)
		}
	}
	if t, known := k.world.Translator(machine); known {
		return k.throughTranslator(t, p)
	}
	if b, known := k.world.LoadBalancer(machine); known {
		return k.throughBalancer(b, p)
	}
	return k.intoHost(machine, p)
}

// firewall asks a machine's own firewall about a new flow.
func (k *walker) firewall(machine string, rules []topology.FirewallRule, chain topology.FirewallChain, p packet) *drop {
	if p.known() {
		return nil
	}
	for _, r := range rules {
		if r.Chain == chain && r.CIDR.Contains(p.src) && speaks(r.Protocol, r.Ports, p) {
			return k.dropped(machine, verdict.HostFirewall(machine, r.Name))
		}
	}
	return nil
}

// speaks reports whether protocol and ports of a rule are the packet's.
func speaks(protocol topology.Protocol, ports topology.PortRange, p packet) bool {
	if protocol != "" && protocol != topology.AnyProtocol && protocol != p.protocol {
		return false
	}
	return ports.All() || p.protocol != topology.ICMP && ports.Contains(p.port)
}

// onMachine finds the endpoint with an address on a machine: the machine itself
// or a pod on it.
func (k *walker) onMachine(machine string, a netip.Addr) (topology.Endpoint, bool) {
	for _, e := range k.world.Endpoints() {
		if e.Machine != machine {
			continue
		}
		if name, own := e.SeenAs(a); e.Address == a || own && e.Kind == topology.KindNode && name == machine {
			return e, true
		}
	}
	return topology.Endpoint{}, false
}
