package kindlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// managementLink is the interface that kind gives a node: the management plane.
const managementLink = "eth0"

// vpcLink is the interface that the fabric gives a node: its VPC NIC.
const vpcLink = "eth1"

// Routing of the management plane on a node. The rules come before everything
// that the fabric adds.
const (
	managementTable = 1000
	// ownFirstPriority: replies of the management address to pods of the same
	// node follow the node's own routes, else the API server's answers to its
	// neighbours would leave by the management link.
	ownFirstPriority = 50
	// managementPriority: everything else that the management address sends
	// leaves where it always did.
	managementPriority = 51
)

// keepManagement makes what the management address sends leave by the
// management link for ever, also when the default route leads into the VPC. It
// must run before the fabric replaces that route, and may run again.
func keepManagement(ns *netns.Namespace) error {
	if err := routeManagement(ns); err != nil {
		return fmt.Errorf("keep management plane of %s: %w", ns.Name(), err)
	}
	return nil
}

func routeManagement(ns *netns.Namespace) error {
	h, err := ns.Netlink()
	if err != nil {
		return err
	}
	eth0, err := h.LinkByName(managementLink)
	if err != nil {
		return fmt.Errorf("find %s: %w", managementLink, err)
	}
	address, err := managementAddress(h, eth0)
	if err != nil {
		return err
	}
	gateway, err := managementGateway(h, eth0)
	if err != nil {
		return err
	}
	if gateway != nil {
		route := &netlink.Route{LinkIndex: eth0.Attrs().Index, Dst: everywhere(), Gw: gateway, Table: managementTable}
		if err := h.RouteReplace(route); err != nil {
			return fmt.Errorf("set default route of table %d via %s: %w", managementTable, gateway, err)
		}
	}
	own := managementRule(address.IP, ownFirstPriority, unix.RT_TABLE_MAIN)
	own.SuppressPrefixlen = 0
	for _, rule := range []*netlink.Rule{own, managementRule(address.IP, managementPriority, managementTable)} {
		if err := h.RuleAdd(rule); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("add rule %d: %w", rule.Priority, err)
		}
	}
	return nil
}

func managementRule(from net.IP, priority, table int) *netlink.Rule {
	rule := netlink.NewRule()
	rule.Family = unix.AF_INET
	rule.Src = &net.IPNet{IP: from, Mask: net.CIDRMask(32, 32)}
	rule.Priority, rule.Table = priority, table
	return rule
}

// managementAddress is the address that kind gives a node, with its network.
func managementAddress(h *netlink.Handle, eth0 netlink.Link) (*net.IPNet, error) {
	addresses, err := h.AddrList(eth0, unix.AF_INET)
	if err != nil {
		return nil, fmt.Errorf("list addresses of %s: %w", managementLink, err)
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("%s has no IPv4 address", managementLink)
	}
	return addresses[0].IPNet, nil
}

// managementGateway returns the gateway of the default route by eth0, or nil
// when the route was moved to the management table before.
func managementGateway(h *netlink.Handle, eth0 netlink.Link) (net.IP, error) {
	for _, table := range []int{unix.RT_TABLE_MAIN, managementTable} {
		filter := &netlink.Route{LinkIndex: eth0.Attrs().Index, Table: table}
		routes, err := h.RouteListFiltered(unix.AF_INET, filter, netlink.RT_FILTER_OIF|netlink.RT_FILTER_TABLE)
		if err != nil {
			return nil, fmt.Errorf("list routes by %s: %w", managementLink, err)
		}
		for _, r := range routes {
			if r.Gw == nil || (r.Dst != nil && r.Dst.String() != everywhere().String()) {
				continue
			}
			if table == managementTable {
				return nil, nil
			}
			return r.Gw, nil
		}
	}
	return nil, fmt.Errorf("no default route by %s", managementLink)
}

func everywhere() *net.IPNet { return &net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)} }

// managementNetwork is the network that kind gives a node for its management.
func managementNetwork(ns *netns.Namespace) (netip.Prefix, error) {
	h, err := ns.Netlink()
	if err != nil {
		return netip.Prefix{}, err
	}
	eth0, err := h.LinkByName(managementLink)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("find %s: %w", managementLink, err)
	}
	address, err := managementAddress(h, eth0)
	if err != nil {
		return netip.Prefix{}, err
	}
	p, err := netip.ParsePrefix(address.String())
	return p.Masked(), err
}

// besideManagement refuses a world that has addresses of the network by which the nodes are managed: the API server would be looked for
// among the world's pods and hosts.
func (l *Lab) besideManagement(w topology.World) error {
	if l.nodes[0].ns == nil {
		return nil
	}
	err := besideManagementOf(l.nodes[0].ns, w)
	if errors.Is(err, errManaged) {
		return cannotHost(w, err)
	}
	return err
}

// errManaged is matched by the error of a world that has addresses of the network by which the nodes are managed.
var errManaged = errors.New("give that network others: without a cluster, docker network rm kind, then docker network create --subnet 198.18.0.0/16 kind")

func besideManagementOf(node *netns.Namespace, w topology.World) error {
	network, err := managementNetwork(node)
	if err != nil {
		return err
	}
	if theirs, overlaps := overlapping(w, network); overlaps {
		return fmt.Errorf("its %s has addresses of the engine's network kind, %s; %w", theirs, network, errManaged)
	}
	return nil
}

// overlapping finds a block of a world's that has addresses of a network.
func overlapping(w topology.World, network netip.Prefix) (netip.Prefix, bool) {
	var blocks []netip.Prefix
	for _, v := range w.VPCs {
		blocks = append(blocks, v.CIDRs...)
	}
	for _, c := range w.Clusters {
		blocks = append(append(blocks, c.ContainerCIDRs...), c.ServiceCIDR)
	}
	for _, b := range blocks {
		if b.Overlaps(network) {
			return b, true
		}
	}
	return netip.Prefix{}, false
}
