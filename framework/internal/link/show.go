package link

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Shown is the state of a namespace as text for people, in the words of ip and
// conntrack where they have some.
type Shown struct {
	// Routes has links with their addresses and what they lost, the rules that choose
	// a table, and all tables.
	Routes string
	// Neighbours has those that ARP found out or was told, and where a bridge or
	// overlay sends frames.
	Neighbours string
	// Conntrack has the IPv4 connections that are tracked.
	Conntrack string
}

// Show reads the state of a namespace.
func Show(ns *netns.Namespace) (Shown, error) {
	var s Shown
	err := with(ns, func(h *netlink.Handle) error {
		links, err := list(h)
		if err != nil {
			return err
		}
		v := view{h: h, links: links, names: map[int]string{}}
		for _, l := range links {
			v.names[l.Attrs().Index] = l.Attrs().Name
		}
		if s.Routes, err = v.routing(); err != nil {
			return err
		}
		if s.Neighbours, err = v.neighbours(); err != nil {
			return err
		}
		s.Conntrack, err = v.conntrack()
		return err
	})
	if err != nil {
		return s, fmt.Errorf("show state of %s: %w", ns, err)
	}
	return s, nil
}

// view is a namespace that is being shown.
type view struct {
	h     *netlink.Handle
	links []netlink.Link
	names map[int]string
}

func (v view) routing() (string, error) {
	var b strings.Builder
	b.WriteString("# links and addresses\n")
	for _, l := range v.links {
		if err := v.link(&b, l); err != nil {
			return "", err
		}
	}
	b.WriteString("\n# rules\n")
	var rules []netlink.Rule
	err := retry(func() (err error) { rules, err = v.h.RuleList(netlink.FAMILY_V4); return err })
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(rules, func(a, b netlink.Rule) int { return a.Priority - b.Priority })
	for _, r := range rules {
		b.WriteString(ruleText(r))
	}
	var routes []netlink.Route
	err = retry(func() (err error) {
		routes, err = v.h.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
		return err
	})
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(routes, func(a, b netlink.Route) int { return a.Table - b.Table })
	table := 0
	for _, r := range routes {
		if r.Table != table {
			table = r.Table
			fmt.Fprintf(&b, "\n# table %s\n", tableName(table))
		}
		b.WriteString(v.route(r))
	}
	return b.String(), nil
}

func (v view) link(b *strings.Builder, l netlink.Link) error {
	a := l.Attrs()
	fmt.Fprintf(b, "%d: %s: %s %s mtu %d", a.Index, a.Name, l.Type(), State(a.RawFlags&unix.IFF_UP != 0), a.MTU)
	if a.ParentIndex != 0 && l.Type() == "veth" {
		fmt.Fprintf(b, " peer link %d", a.ParentIndex)
	}
	if a.MasterIndex != 0 {
		fmt.Fprintf(b, " master %s", v.names[a.MasterIndex])
	}
	if len(a.HardwareAddr) > 0 {
		fmt.Fprintf(b, " lladdr %s", a.HardwareAddr)
	}
	if s := a.Statistics; s != nil {
		fmt.Fprintf(b, " rx %d packets (%d dropped) tx %d packets (%d dropped)", s.RxPackets, s.RxDropped, s.TxPackets, s.TxDropped)
	}
	b.WriteString("\n")
	var addresses []netlink.Addr
	err := retry(func() (err error) { addresses, err = v.h.AddrList(l, netlink.FAMILY_V4); return err })
	for _, a := range addresses {
		fmt.Fprintf(b, "    inet %s\n", a.IPNet)
	}
	return err
}

func ruleText(r netlink.Rule) string {
	text := fmt.Sprintf("%d: from %s", r.Priority, anyOf(r.Src))
	if r.Dst != nil {
		text += " to " + r.Dst.String()
	}
	if r.IifName != "" {
		text += " iif " + r.IifName
	}
	if r.OifName != "" {
		text += " oif " + r.OifName
	}
	if r.Mark != 0 {
		text += fmt.Sprintf(" fwmark %#x", r.Mark)
	}
	text += " lookup " + tableName(r.Table)
	if r.SuppressPrefixlen >= 0 {
		text += fmt.Sprintf(" suppress_prefixlength %d", r.SuppressPrefixlen)
	}
	return text + "\n"
}

func anyOf(n *net.IPNet) string {
	if n == nil {
		return "all"
	}
	return n.String()
}

func tableName(table int) string {
	switch table {
	case unix.RT_TABLE_LOCAL:
		return "local"
	case unix.RT_TABLE_MAIN:
		return "main"
	case unix.RT_TABLE_DEFAULT:
		return "default"
	default:
		return fmt.Sprint(table)
	}
}

func (v view) route(r netlink.Route) string {
	text := ""
	switch r.Type {
	case unix.RTN_UNICAST:
	case unix.RTN_LOCAL:
		text = "local "
	case unix.RTN_BROADCAST:
		text = "broadcast "
	case unix.RTN_BLACKHOLE:
		text = "blackhole "
	case unix.RTN_UNREACHABLE:
		text = "unreachable "
	case unix.RTN_PROHIBIT:
		text = "prohibit "
	default:
		text = fmt.Sprintf("type %d ", r.Type)
	}
	if r.Dst == nil || r.Dst.String() == "0.0.0.0/0" {
		text += "default"
	} else {
		text += r.Dst.String()
	}
	if r.Gw != nil {
		text += " via " + r.Gw.String()
	}
	if name := v.names[r.LinkIndex]; name != "" {
		text += " dev " + name
	}
	if r.Src != nil {
		text += " src " + r.Src.String()
	}
	if r.Priority != 0 {
		text += fmt.Sprintf(" metric %d", r.Priority)
	}
	if r.MTU != 0 {
		text += fmt.Sprintf(" mtu %d", r.MTU)
	}
	if r.Flags&unix.RTNH_F_LINKDOWN != 0 {
		text += " linkdown"
	}
	return text + "\n"
}

func (v view) neighbours() (string, error) {
	var b strings.Builder
	for _, family := range []int{unix.AF_INET, unix.AF_BRIDGE} {
		var all []netlink.Neigh
		err := retry(func() (err error) { all, err = v.h.NeighList(0, family); return err })
		if err != nil {
			return "", err
		}
		for _, n := range all {
			switch {
			case n.State == unix.NUD_NOARP:
			case len(n.HardwareAddr) > 0 && n.HardwareAddr[0]&1 == 1: // groups that every device is in
			case family == unix.AF_INET:
				fmt.Fprintf(&b, "%s dev %s lladdr %s %s\n", n.IP, v.names[n.LinkIndex], n.HardwareAddr, neighbourState(n.State))
			case n.IP != nil:
				fmt.Fprintf(&b, "fdb %s dev %s dst %s %s\n", n.HardwareAddr, v.names[n.LinkIndex], n.IP, neighbourState(n.State))
			default:
				fmt.Fprintf(&b, "fdb %s dev %s %s\n", n.HardwareAddr, v.names[n.LinkIndex], neighbourState(n.State))
			}
		}
	}
	return b.String(), nil
}

func neighbourState(state int) string {
	for bit, word := range map[int]string{
		unix.NUD_INCOMPLETE: "INCOMPLETE", unix.NUD_REACHABLE: "REACHABLE", unix.NUD_STALE: "STALE", unix.NUD_DELAY: "DELAY",
		unix.NUD_PROBE: "PROBE", unix.NUD_FAILED: "FAILED", unix.NUD_PERMANENT: "PERMANENT",
	} {
		if state == bit {
			return word
		}
	}
	return fmt.Sprintf("state %#x", state)
}

// tcpStates are the kernel's, by their numbers (linux/netfilter/nf_conntrack_tcp.h).
var tcpStates = []string{
	"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
}

func (v view) conntrack() (string, error) {
	var entries []*netlink.ConntrackFlow
	err := retry(func() (err error) {
		entries, err = v.h.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
		return err
	})
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = entryText(e)
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), err
}

func entryText(e *netlink.ConntrackFlow) string {
	protocol := map[uint8]string{unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp"}[e.Forward.Protocol]
	if protocol == "" {
		protocol = "proto"
	}
	state := ""
	if tcp, ok := e.ProtoInfo.(*netlink.ProtoInfoTCP); ok && int(tcp.State) < len(tcpStates) {
		state = " " + tcpStates[tcp.State]
	}
	return fmt.Sprintf("%-4s %d %d%s %s %s mark=%d\n", protocol, e.Forward.Protocol, e.TimeOut, state, tupleText(e.Forward), tupleText(e.Reverse), e.Mark)
}

func tupleText(t netlink.IPTuple) string {
	text := fmt.Sprintf("src=%s dst=%s", t.SrcIP, t.DstIP)
	if t.SrcPort != 0 || t.DstPort != 0 {
		text += fmt.Sprintf(" sport=%d dport=%d", t.SrcPort, t.DstPort)
	}
	if t.Packets != 0 {
		text += fmt.Sprintf(" packets=%d bytes=%d", t.Packets, t.Bytes)
	}
	return text
}
