package link

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Flow is a tracked connection. Protocol is the IP protocol's number (1 ICMP, 6
// TCP, 17 UDP); ports are zero for protocols without.
type Flow struct {
	Protocol uint8
	// Source and Destination are those of the first packet, before any
	// translation.
	Source, Destination netip.AddrPort
	// ReplySource and ReplyDestination are those of the answers: they differ
	// from the above, swapped, where addresses are translated.
	ReplySource, ReplyDestination netip.AddrPort
}

// String returns the flow with its answers' direction.
func (f Flow) String() string {
	return fmt.Sprintf("%d %s > %s, reply %s > %s",
		f.Protocol, f.Source, f.Destination, f.ReplySource, f.ReplyDestination)
}

// FlowFilter says whether a flow is meant.
type FlowFilter func(f Flow) bool

// EveryFlow means every flow.
func EveryFlow(Flow) bool { return true }

// ToAny means the flows whose original destination is in one of the prefixes:
// what a security group of these addresses admitted as inbound.
func ToAny(prefixes ...netip.Prefix) FlowFilter {
	return func(f Flow) bool { return within(f.Destination.Addr(), prefixes) }
}

// FromAny means the flows whose original source is in one of the prefixes.
func FromAny(prefixes ...netip.Prefix) FlowFilter {
	return func(f Flow) bool { return within(f.Source.Addr(), prefixes) }
}

// Between means the flows of a protocol from one address to another, whatever
// the source port. A destination port of zero is any.
func Between(protocol uint8, from netip.Addr, to netip.AddrPort) FlowFilter {
	return func(f Flow) bool {
		return f.Protocol == protocol && f.Source.Addr() == from && f.Destination.Addr() == to.Addr() &&
			(to.Port() == 0 || f.Destination.Port() == to.Port())
	}
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// FlushConntrack forgets the tracked IPv4 flows that the filter means, so that
// the next packet of each meets the rules as a new or, in the middle of a TCP
// connection, as an invalid one. It returns how many were forgotten.
//
// New flows that start meanwhile may or may not be seen: change the rules
// first, then flush.
func FlushConntrack(ns *netns.Namespace, filter FlowFilter) (int, error) {
	forgotten := 0
	err := with(ns, func(h *netlink.Handle) error {
		// What an interrupted listing did show is deleted each time, so every
		// repetition has less to do.
		return retry(func() error {
			n, err := h.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, matcher(filter))
			forgotten += int(n)
			return err
		})
	})
	if err != nil {
		return forgotten, fmt.Errorf("flush conntrack of %s: %w", ns, err)
	}
	return forgotten, nil
}

// Flows returns the tracked IPv4 flows that the filter means.
func Flows(ns *netns.Namespace, filter FlowFilter) ([]Flow, error) {
	var entries []*netlink.ConntrackFlow
	err := with(ns, func(h *netlink.Handle) error {
		return retry(func() (err error) {
			entries, err = h.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list conntrack of %s: %w", ns, err)
	}
	var flows []Flow
	for _, e := range entries {
		if f := toFlow(e); filter(f) {
			flows = append(flows, f)
		}
	}
	return flows, nil
}

// matcher fits a filter to the library's interface.
type matcher FlowFilter

// MatchConntrackFlow reports whether the filter means the entry.
func (m matcher) MatchConntrackFlow(entry *netlink.ConntrackFlow) bool { return m(toFlow(entry)) }

func toFlow(e *netlink.ConntrackFlow) Flow {
	return Flow{
		Protocol:         e.Forward.Protocol,
		Source:           netip.AddrPortFrom(fromIP(e.Forward.SrcIP), e.Forward.SrcPort),
		Destination:      netip.AddrPortFrom(fromIP(e.Forward.DstIP), e.Forward.DstPort),
		ReplySource:      netip.AddrPortFrom(fromIP(e.Reverse.SrcIP), e.Reverse.SrcPort),
		ReplyDestination: netip.AddrPortFrom(fromIP(e.Reverse.DstIP), e.Reverse.DstPort),
	}
}
