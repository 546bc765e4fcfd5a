package paperlab

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// vxlanPort is the UDP port of the overlay (cce_10_0282).
const vxlanPort = 4789

// The sizes of packets in bytes: what the VPC carries, what VXLAN over IPv4
// takes of it, and the headers of TCP over IPv4.
const (
	underlayMTU   = 1500
	overlayMTU    = underlayMTU - 50
	segmentHeader = 40
)

// encapsulate carries a packet between two nodes of a tunnel-mode cluster. The
// outer packet is nobody's reply, and no connection's: its source port is the
// inner flow's hash, so that the other way has other ports.
func (k *walker) encapsulate(s site, to *topology.Node, g passage) (arrival, *drop) {
	if (s.inlet == fromSelf || g.hidden) && !g.reply {
		if !g.translated() {
			// The node's own packets have this address from the start.
			g.before.src = s.node.Gateway()
		}
		g.src = s.node.Gateway()
		// The node's own interface is narrow enough, and says so to the pod.
		k.clampTo(overlayMTU)
	} else if s.node.DropsFragNeeded {
		k.step(s.name(), verdict.FragNeeded(s.name()), "carries up to %d bytes", overlayMTU)
		k.narrows = append(k.narrows, narrow{hop: s.name(), rule: verdict.FragNeeded(s.name()), carries: overlayMTU})
	}
	k.note(s, g)
	k.step(s.name(), "", "encapsulated to %s", to.Name)
	receiver, outer, d := k.throughVPC(s.name(), packet{
		src: s.node.NIC.Address, dst: to.NIC.Address, protocol: topology.UDP, port: vxlanPort,
	})
	if d != nil {
		return arrival{}, d
	}
	n := s.cluster.Node(receiver)
	if n == nil {
		return arrival{}, k.dropped(receiver, verdict.NotForwarded(receiver))
	}
	if d := k.firewall(receiver, n.Firewall, topology.InputChain, outer); d != nil {
		return arrival{}, d
	}
	return k.throughNode(site{cluster: s.cluster, node: n, inlet: fromOverlay}, g.packet)
}

// narrow is a place that carries packets up to a size and loses larger ones.
type narrow struct {
	hop, rule string
	carries   int
}

// clampTo notes that both ends of a connection were told the largest packet.
func (k *walker) clampTo(bytes int) {
	if k.clamp == 0 || bytes < k.clamp {
		k.clamp = bytes
	}
}

// tooNarrow finds the first place that does not carry the largest packet of a
// flow, which goes both ways.
//
// Source: VPN user guide, "Notes and Constraints" (MSS); VXLAN's 50 bytes.
func (k *walker) tooNarrow(f topology.Flow, from, to topology.Endpoint) (narrow, bool) {
	if f.Protocol != topology.TCP || f.Bytes == 0 {
		return narrow{}, false
	}
	largest := min(f.Bytes+segmentHeader, mtuOf(from), mtuOf(to))
	if k.clamp > 0 {
		largest = min(largest, k.clamp)
	}
	for _, n := range k.narrows {
		if largest > n.carries {
			return n, true
		}
	}
	return narrow{}, false
}

// mtuOf is the MTU of an endpoint's interface.
func mtuOf(e topology.Endpoint) int {
	switch {
	case e.Kind != topology.KindPod:
		return underlayMTU
	case e.Cluster.PodMTU > 0:
		return e.Cluster.PodMTU
	case e.Cluster.Mode == topology.Tunnel:
		return overlayMTU
	default:
		return underlayMTU
	}
}
