package managed

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Instances lists what a world wants served, in the order of its hosts and
// without epochs: whoever starts a server decides of which incarnation it is. The
// brokers of a Kafka instance are the nodes of one Instance.
func Instances(w topology.World) []Instance {
	var all []Instance
	for _, h := range w.Hosts {
		if h.Managed == nil {
			continue
		}
		name := h.Managed.Instance
		if name == "" {
			name = h.Name
		}
		node := nodeOf(&w, h)
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
	n := Node{Host: h.Name, Listen: netip.AddrPortFrom(h.NIC.Address, PortOf(h.Managed.Kind.Use()))}
	if t, ok := w.Translator(h.Managed.Endpoint); ok {
		n.Endpoint = netip.AddrPortFrom(t.NIC.Address, topology.KafkaEndpointPort)
	}
	return n
}

// PortOf is the port of a service by how it is used; zero for an unknown use.
func PortOf(u topology.Use) uint16 {
	switch u {
	case topology.UseRedis:
		return topology.RedisPort
	case topology.UseMySQL:
		return topology.MySQLPort
	case topology.UseKafka:
		return topology.KafkaPort
	case topology.UseAMQP:
		return topology.AMQPPort
	case topology.UseHTTPS:
		return topology.HTTPSPort
	default:
		return 0
	}
}
