package capture

import (
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Leg is a part of a flow's way: the addresses that its client may have on the wire,
// the server's, the IP protocol's number and the port, which is zero for a protocol
// without. Without a server it is whatever has the protocol and port.
type Leg struct {
	Clients  []netip.Addr
	Server   netip.Addr
	Protocol layers.IPProtocol
	Port     uint16
}

// Payload says how much of what a flow carries is kept.
type Payload int

const (
	// Headers keeps nothing of it: it may be secret.
	Headers Payload = iota
	// Beginning keeps the first bytes.
	Beginning
)

// beginning is how many bytes of a payload are the first ones; quoted is how many an
// ICMP error has of the headers of the packet that it is about.
const (
	beginning = 256
	quoted    = 28
)

// Filter recognises a flow's packets: those of its legs, as they are or inside an
// overlay, errors about them, and what ARP asks. The zero value recognises ARP only.
type Filter struct {
	Legs    []Leg
	Payload Payload
}

// Keep says how many bytes of a frame are kept: all of its headers and what Payload
// says; zero of a frame that is not the flow's.
func (f Filter) Keep(frame []byte) int {
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true, Lazy: true})
	if p.Layer(layers.LayerTypeARP) != nil {
		return len(frame)
	}
	headers, ours := 0, false
	var ip *layers.IPv4
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			ip = l
			ours = ours || l.FragOffset > 0 && f.between(l)
		case *layers.TCP:
			ours = ours || f.flow(ip, uint16(l.SrcPort), uint16(l.DstPort))
		case *layers.UDP:
			ours = ours || f.flow(ip, uint16(l.SrcPort), uint16(l.DstPort))
		case *layers.ICMPv4:
			ours = ours || f.message(ip, l)
			headers += min(quoted, len(l.LayerPayload()))
		}
		if !carried(l) {
			headers += len(l.LayerContents())
		}
	}
	switch {
	case !ours:
		return 0
	case f.Payload == Beginning:
		return min(headers+beginning, len(frame))
	default:
		return min(headers, len(frame))
	}
}

// carried reports whether a layer is what a flow carries and not how: the library
// knows many protocols by their ports.
func carried(l gopacket.Layer) bool {
	switch l.LayerType() {
	case layers.LayerTypeEthernet, layers.LayerTypeIPv4, layers.LayerTypeTCP, layers.LayerTypeUDP, layers.LayerTypeICMPv4, layers.LayerTypeVXLAN:
		return false
	default:
		return true
	}
}

// flow reports whether ports and addresses are those of a leg, either way.
func (f Filter) flow(ip *layers.IPv4, from, to uint16) bool {
	if ip == nil {
		return false
	}
	return slices.ContainsFunc(f.Legs, func(l Leg) bool {
		if l.Protocol != ip.Protocol {
			return false
		}
		forth, back := l.way(ip)
		if !l.Server.IsValid() {
			forth, back = true, true
		}
		return forth && to == l.Port || back && from == l.Port
	})
}

// way reports whether a packet goes from a client of the leg to its server, or back.
func (l Leg) way(ip *layers.IPv4) (forth, back bool) {
	from, to := addresses(ip)
	return to == l.Server && slices.Contains(l.Clients, from), from == l.Server && slices.Contains(l.Clients, to)
}

// between reports whether a packet's addresses are those of a leg, whatever it has.
func (f Filter) between(ip *layers.IPv4) bool {
	return slices.ContainsFunc(f.Legs, func(l Leg) bool {
		forth, back := l.way(ip)
		return forth || back
	})
}

// message reports whether an ICMP message is an echo of a leg's, or an error that is
// told to either end of one.
func (f Filter) message(ip *layers.IPv4, m *layers.ICMPv4) bool {
	if ip == nil {
		return false
	}
	switch m.TypeCode.Type() {
	case layers.ICMPv4TypeEchoRequest, layers.ICMPv4TypeEchoReply:
		return slices.ContainsFunc(f.Legs, func(l Leg) bool {
			forth, back := l.way(ip)
			return l.Protocol == layers.IPProtocolICMPv4 && (forth || back)
		})
	default:
		_, to := addresses(ip)
		return slices.ContainsFunc(f.Legs, func(l Leg) bool { return to == l.Server || slices.Contains(l.Clients, to) })
	}
}

func addresses(ip *layers.IPv4) (from, to netip.Addr) {
	from, _ = netip.AddrFromSlice(ip.SrcIP.To4())
	to, _ = netip.AddrFromSlice(ip.DstIP.To4())
	return from, to
}
