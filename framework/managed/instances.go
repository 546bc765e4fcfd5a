package managed

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Instances lists what a world wants served, in the order of its hosts and without
// epochs: whoever starts a server decides of which incarnation it is. The brokers
// of a Kafka instance are the nodes of one Instance. What is stopped listens nowhere
// and keeps its data.
func Instances(w topology.World) []Instance {
	var all []Instance
	for _, h := range w.Hosts {
		if h.Managed == nil {
			continue
		}
		name, node := h.InstanceName(), nodeOf(&w, h)
		if i := slices.IndexFunc(all, func(x Instance) bool { return x.Name == name }); i >= 0 {
			all[i].Nodes = append(all[i].Nodes, node)
			continue
		}
		all = append(all, Instance{
			Name: name, Use: h.Managed.Kind.Use(), Version: h.Managed.Version, Password: h.Managed.Accepts(),
			Nodes: []Node{node},
		})
	}
	return all
}

func nodeOf(w *topology.World, h topology.Host) Node {
	own := netip.AddrPortFrom(h.NIC.Address, h.Managed.Kind.Port())
	n := Node{Host: h.Name, Listen: own, Own: own}
	if h.Managed.Stopped {
		n.Listen = netip.AddrPort{}
	}
	if t, ok := w.Translator(h.Managed.Endpoint); ok {
		n.Endpoint = netip.AddrPortFrom(t.NIC.Address, topology.KafkaEndpointPort)
	}
	return n
}

// RefusalPort is where a host says no, in its service's protocol, to those whom its
// whitelist does not admit: beyond the ports that clients and services use.
const RefusalPort uint16 = 61130

// Refusal is a host whose service itself says no to those whom its whitelist does
// not admit, and where it does.
type Refusal struct {
	Host string
	Use  topology.Use
	At   netip.AddrPort
}

// Refusals lists the hosts of a world that refuse by themselves, in its order.
func Refusals(w topology.World) []Refusal {
	var all []Refusal
	for _, h := range w.Hosts {
		if Refuses(h) {
			all = append(all, Refusal{Host: h.Name, Use: h.Managed.Kind.Use(), At: netip.AddrPortFrom(h.NIC.Address, RefusalPort)})
		}
	}
	return all
}

// Refuses reports whether a host's service itself says no to somebody. One that is
// stopped says nothing.
func Refuses(h topology.Host) bool {
	return h.Managed != nil && !h.Managed.Stopped && h.Whitelist.InForce() && h.Whitelist.Refusal == topology.ApplicationRefusal
}

// PortOf is the port of the services with a use; zero for an unknown use.
func PortOf(u topology.Use) uint16 {
	for _, k := range topology.ManagedKinds() {
		if k.Use() == u {
			return k.Port()
		}
	}
	return 0
}
