package netnslab

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
)

// dump lists what the kernel has in all namespaces of a lab: links, addresses,
// neighbours, routes, rules, settings and netfilter's tables, without what
// differs between two makings of the same (numbers, random MAC addresses,
// counters) and without the watch, which belongs to the flow asked last.
func dump(t *testing.T, l *Lab) []string {
	t.Helper()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(l.spaces)) {
		lines, err := dumpSpace(l.spaces[name])
		if err != nil {
			t.Fatalf("dump %s: %v", name, err)
		}
		for _, line := range lines {
			all = append(all, name+": "+line)
		}
	}
	return all
}

func dumpSpace(ns *netns.Namespace) ([]string, error) {
	links, err := link.List(ns)
	if err != nil {
		return nil, err
	}
	h, err := ns.Netlink()
	if err != nil {
		return nil, err
	}
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	names := map[int]string{}
	for _, l := range links {
		names[l.Index] = l.Name
		add("link %s %s mtu %d %s", l.Name, l.Kind, l.MTU, l.State)
		for _, key := range []string{"proxy_arp", "rp_filter", "send_redirects", "forwarding"} {
			value, err := ns.ReadSysctl("net/ipv4/conf/" + l.Name + "/" + key)
			if err != nil {
				return nil, err
			}
			add("setting %s %s %s", l.Name, key, value)
		}
	}
	queues, err := h.QdiscList(nil)
	if err != nil {
		return nil, err
	}
	for _, q := range queues {
		if q.Type() != "noqueue" {
			add("queue %s dev %s", q.Type(), names[q.Attrs().LinkIndex])
		}
	}
	addresses, err := h.AddrList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		add("address %s dev %s", a.IPNet, names[a.LinkIndex])
	}
	for _, family := range []int{unix.AF_INET, unix.AF_BRIDGE} {
		neighbours, err := h.NeighList(0, family)
		if err != nil {
			return nil, err
		}
		for _, n := range neighbours {
			// An interface's own entries are the kernel's doing, those with an
			// address ours.
			if n.State&unix.NUD_PERMANENT != 0 && n.IP != nil && !n.IP.IsMulticast() && !n.IP.IsLoopback() {
				add("neighbour %d %s at %s dev %s", family, n.IP, n.HardwareAddr, names[n.LinkIndex])
			}
		}
	}
	routes, err := h.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, err
	}
	for _, r := range routes {
		add("route %s via %s src %s dev %s table %d type %d scope %d flags %d",
			r.Dst, r.Gw, r.Src, names[r.LinkIndex], r.Table, r.Type, r.Scope, r.Flags&^unix.RTNH_F_LINKDOWN)
	}
	rules, err := h.RuleList(netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		add("rule %d from %s iif %s table %d", r.Priority, r.Src, r.IifName, r.Table)
	}
	slices.Sort(lines)
	filters, err := dumpFilters(ns)
	return append(lines, filters...), err
}

// filterObject is a kind of netfilter object: the message that lists it, and the
// attributes that say where it is or count.
type filterObject struct {
	kind     int
	what     string
	volatile []uint16
	table    uint16
}

// The attribute numbers are those of linux/netfilter/nf_tables.h.
func filterObjects() []filterObject {
	return []filterObject{
		{unix.NFT_MSG_GETTABLE, "table", []uint16{3, 4}, 1},
		{unix.NFT_MSG_GETCHAIN, "chain", []uint16{2, 6, 8, 11}, 1},
		{unix.NFT_MSG_GETRULE, "filter", []uint16{3, 6}, 1},
		{unix.NFT_MSG_GETSET, "set", []uint16{10, 16}, 1},
	}
}

func dumpFilters(ns *netns.Namespace) (lines []string, err error) {
	for _, o := range filterObjects() {
		var messages [][]byte
		err := ns.Do(func() (err error) {
			messages, err = request(o.kind)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list %ss of netfilter: %w", o.what, err)
		}
		for _, m := range messages {
			attributes, err := nl.ParseRouteAttr(m[4:])
			if err != nil {
				return nil, err
			}
			line, table := []string{o.what}, ""
			for _, a := range attributes {
				kind := a.Attr.Type &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
				if kind == o.table {
					table = strings.TrimRight(string(a.Value), "\x00")
				}
				if !slices.Contains(o.volatile, kind) {
					line = append(line, fmt.Sprintf("%d=%s", kind, readable(a.Value)))
				}
			}
			if table != fabric.WatchTable {
				lines = append(lines, strings.Join(line, " "))
			}
		}
	}
	return lines, nil
}

func request(kind int) ([][]byte, error) {
	r := nl.NewNetlinkRequest(unix.NFNL_SUBSYS_NFTABLES<<8|kind, unix.NLM_F_DUMP)
	r.AddData(&nl.Nfgenmsg{NfgenFamily: unix.NFPROTO_IPV4, Version: unix.NFNETLINK_V0})
	return r.Execute(unix.NETLINK_NETFILTER, 0)
}

// readable prints a value that is text as such, a small number as one and
// anything else as its sum.
func readable(b []byte) string {
	text := strings.TrimRight(string(b), "\x00")
	printable := !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	switch {
	case len(b) == 4 && !printable:
		return fmt.Sprint(binary.BigEndian.Uint32(b))
	case printable && text != "":
		return text
	default:
		return fmt.Sprintf("%.6x", sha256.Sum256(b))
	}
}

// differences lists what only one of two dumps has.
func differences(before, after []string) string {
	var b strings.Builder
	for _, line := range before {
		if !slices.Contains(after, line) {
			fmt.Fprintf(&b, "\n- %s", line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			fmt.Fprintf(&b, "\n+ %s", line)
		}
	}
	if b.Len() == 0 && !slices.Equal(before, after) {
		b.WriteString("\nthe same lines in another order or number")
	}
	return b.String()
}
