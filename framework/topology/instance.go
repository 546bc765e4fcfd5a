package topology

import (
	"net/netip"
	"slices"
)

// Port is where instances of the kind serve; zero for an unknown kind.
func (k ManagedKind) Port() uint16 {
	switch k {
	case DCSRedis:
		return RedisPort
	case RDSMySQL, RDSProxy:
		return MySQLPort
	case DMSKafka:
		return KafkaPort
	case DMSRabbitMQ:
		return AMQPPort
	case ModelArts:
		return HTTPSPort
	default:
		return 0
	}
}

// Ports lists where the instance serves: the kind's port and, of a broker with an
// endpoint, KafkaEndpointPort. A host that is no instance has none, nor has one
// that is stopped.
func (m *Managed) Ports() []uint16 {
	if m == nil || m.Stopped || m.Kind.Port() == 0 {
		return nil
	}
	if m.Endpoint != "" {
		return []uint16{m.Kind.Port(), KafkaEndpointPort}
	}
	return []uint16{m.Kind.Port()}
}

// Listens reports whether the instance serves on the port.
func (m *Managed) Listens(port uint16) bool { return slices.Contains(m.Ports(), port) }

// Serves reports whether a host answers TCP connections to the port: by a listener
// of its own, or as an instance of a managed service.
func (w *World) Serves(host string, port uint16) bool {
	h, known := w.Host(host)
	return known && (slices.Contains(h.Listeners, Listener{Protocol: TCP, Port: port}) || h.Managed.Listens(port))
}

// InstanceName is the name of the instance that the host is, or is a broker of.
func (h Host) InstanceName() string {
	if h.Managed == nil || h.Managed.Instance == "" {
		return h.Name
	}
	return h.Managed.Instance
}

// Brokers lists the hosts of the instance that a host belongs to, in the order of
// the world. A host without brokers beside it is alone.
func (w *World) Brokers(host string) []Host {
	own, known := w.Host(host)
	if !known || own.Managed == nil {
		return nil
	}
	if own.Managed.Instance == "" {
		return []Host{own}
	}
	var all []Host
	for _, h := range w.Hosts {
		if h.Managed != nil && h.Managed.Instance == own.Managed.Instance {
			all = append(all, h)
		}
	}
	return all
}

// ServerOf finds the managed host behind the name that a flow is directed to: the
// host itself, or a translator's target.
func (w *World) ServerOf(f Flow) (Host, bool) {
	name := w.Target(f).To
	if t, known := w.Translator(name); known {
		name = t.Target
	}
	h, known := w.Host(name)
	return h, known && h.Managed != nil
}

// ToBrokers lists the connections that a client of Kafka makes after its first
// one: to every broker of the instance, in the order of the world, at the address
// under which the broker advertises itself on the flow's port. It is empty for any
// other flow, and where nobody advertises anything on the port.
//
// Source: DMS for Kafka, "Network Connection Conditions" (advertised addresses).
func (w *World) ToBrokers(f Flow) []Flow {
	first := w.Target(f)
	server, known := w.ServerOf(f)
	if f.Use != UseKafka || !known || server.Managed.Kind != DMSKafka || !server.Managed.Listens(first.Port) {
		return nil
	}
	var all []Flow
	for _, b := range w.Brokers(server.Name) {
		leg := first
		if leg.To = b.Name; first.Port == KafkaEndpointPort {
			leg.To = b.Managed.Endpoint
		}
		all = append(all, leg)
	}
	return all
}

// CrossesVPCs reports whether a flow is directed from one VPC into another. What is
// directed to a translator stays in the client's.
func (w *World) CrossesVPCs(f Flow) bool {
	from, asked := w.Endpoint(f.From)
	to, known := w.Endpoint(f.To)
	if !asked || !known {
		return false
	}
	here, _, placed := w.SubnetOf(from.Attached.Subnet)
	there, _, found := w.SubnetOf(to.Attached.Subnet)
	return placed && found && here.Name != there.Name
}

// OneVPC reports whether the host serves clients of its own VPC only, as a DCS
// instance of several shards does.
//
// Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
func (h Host) OneVPC() bool {
	return h.Managed != nil && h.Managed.Kind == DCSRedis && h.Managed.Layout == ClusterLayout
}

// ForbiddenClients lists the blocks of other VPCs whose clients a DCS instance does
// not serve. They depend on the block that the instance is in.
//
// Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
func (h Host) ForbiddenClients() []netip.Prefix {
	if h.Managed == nil || h.Managed.Kind != DCSRedis {
		return nil
	}
	for _, row := range forbiddenClients() {
		if anyContains(row.instances, h.NIC.Address) {
			return row.clients
		}
	}
	return nil
}

// DCSForbids reports whether a DCS instance does not serve a client that comes over
// a peering with the source address.
func (w *World) DCSForbids(host string, source netip.Addr) bool {
	h, known := w.Host(host)
	return known && anyContains(h.ForbiddenClients(), source)
}

// restriction is a row of the documentation's table: instances in certain blocks
// and clients that they do not serve.
type restriction struct{ instances, clients []netip.Prefix }

func forbiddenClients() []restriction {
	blocks := func(texts ...string) []netip.Prefix {
		all := make([]netip.Prefix, len(texts))
		for i, text := range texts {
			all[i] = netip.MustParsePrefix(text)
		}
		return all
	}
	return []restriction{
		{blocks("172.16.0.0/12"), blocks("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24")},
		{blocks("192.168.0.0/16", "10.0.0.0/8"), blocks("172.31.1.0/24", "172.31.2.0/24", "172.31.3.0/24")},
	}
}

// The names of a ModelArts pool's networks, as engine networks of its host.
const (
	ModelArtsContainerNetwork = "modelarts-containers"
	ModelArtsServiceNetwork   = "modelarts-services"
)

// poolNetworks lists the networks that a ModelArts host has by itself.
func (h Host) poolNetworks() []EngineNetwork {
	if h.Managed == nil || h.Managed.Kind != ModelArts {
		return nil
	}
	return []EngineNetwork{
		{Name: ModelArtsContainerNetwork, CIDR: ModelArtsContainers()},
		{Name: ModelArtsServiceNetwork, CIDR: ModelArtsServices()},
	}
}
