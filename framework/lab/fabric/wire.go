package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// adoptMachine wires a host or node: once its NIC, then whatever of its
// container network differs.
func (f *Fabric) adoptMachine(ctx context.Context, p MachinePlan) error {
	m := f.machines[p.Name]
	p = m.keepChosen(p)
	if m.wired && (m.plan.VPC != p.VPC || m.plan.Address != p.Address) {
		return fmt.Errorf("from %s in %s to %s in %s: %w", m.plan.Address, m.plan.VPC, p.Address, p.VPC, ErrCannotChange)
	}
	if !m.wired {
		if err := errors.Join(f.wire(ctx, m, p), m.takeOver(p)); err != nil {
			return err
		}
		m.wired = true
	}
	if err := m.adoptRules(p); err != nil {
		return err
	}
	switch {
	case p.Translator != nil, p.Balancer != nil:
		if err := f.adoptMiddle(ctx, m, p); err != nil {
			return err
		}
	case p.Node == nil:
		if err := m.adoptHost(m.plan.Host, p); err != nil {
			return err
		}
		if err := f.adoptContainers(ctx, m, p); err != nil {
			return err
		}
	case !reflect.DeepEqual(m.plan.Node, p.Node):
		if err := m.adoptNode(p.Name, m.plan.Node, p.Node); err != nil {
			return err
		}
	}
	m.plan = p
	return nil
}

func (m *machine) adoptRules(p MachinePlan) error {
	rules, fates := p.Rules(m.Interface, m.Management)
	rules = m.mutant.rules(p, rules)
	if _, err := nft.Apply(m.ns, m.rules, rules); err != nil {
		return err
	}
	m.rules, m.fates = rules, fates
	if len(fates) > 0 {
		return nil
	}
	// Nothing drops here any more, so nobody watches.
	return hop{name: p.Name, ns: m.ns, record: &m.record}.stop()
}

func (f *Fabric) wire(ctx context.Context, m *machine, p MachinePlan) error {
	r, port := f.routers[p.VPC], portName(p.Name)
	err := unlessThere(r.ns, port, func() error {
		return link.CreateVeth(
			link.End{Namespace: r.ns, Name: port, MAC: mac("port", p.Name)},
			link.End{Namespace: m.ns, Name: m.Interface, MAC: p.MAC, MTU: UnderlayMTU},
		)
	})
	if err != nil {
		return err
	}
	err = errors.Join(
		link.SetSysctls(r.ns, link.RouterNICSettings(port)),
		link.SetUp(r.ns, port),
		link.ReplaceNeighbour(r.ns, port, p.Address.Addr(), p.MAC),
		link.SetSysctls(m.ns, link.GuestSettings()),
		link.SetSegments(m.ns, m.Interface, 1),
		m.address(p),
	)
	if err != nil {
		return err // a link that is not up has no carrier to wait for
	}
	return link.AwaitCarrier(ctx, m.ns, m.Interface)
}

// address gives a machine its address and its way out. A translator has neither.
func (m *machine) address(p MachinePlan) error {
	if p.Translator != nil {
		return link.SetUp(m.ns, m.Interface)
	}
	return errors.Join(
		link.SetAddresses(m.ns, m.Interface, p.Address),
		link.SetUp(m.ns, m.Interface),
		link.ReplaceRoute(m.ns, link.Route{Destination: anywhere, Gateway: p.Gateway, Device: m.Interface}),
	)
}

// adoptNode makes a node's part of the container network.
func (m *machine) adoptNode(name string, was, is *NodePlan) error {
	forward := []netns.Setting{{Key: "net.ipv4.ip_forward", Value: is.Forwarding}}
	if err := link.SetSysctls(m.ns, forward); err != nil {
		return err
	}
	if len(is.Tunnels) == 0 {
		return nil
	}
	if was == nil {
		overlay := link.VXLAN{
			Name: OverlayDevice, ID: overlayID, Port: overlayPort, Device: m.Interface,
			Local: is.Address, MTU: OverlayMTU, MAC: mac("overlay", name),
		}
		err := unlessThere(m.ns, OverlayDevice, func() error { return link.CreateVXLAN(m.ns, overlay) })
		if err := errors.Join(err, link.SetUp(m.ns, OverlayDevice), m.forgetTunnels(is)); err != nil {
			return err
		}
	}
	return m.adoptTunnels(was, is)
}

func (m *machine) adoptTunnels(was, is *NodePlan) error {
	errs := []error{link.SetAddresses(m.ns, OverlayDevice, netip.PrefixFrom(is.Gateway, is.Gateway.BitLen()))}
	if was != nil {
		for _, t := range was.Tunnels {
			if !slices.ContainsFunc(is.Tunnels, func(n Tunnel) bool { return n.Block == t.Block }) {
				errs = append(errs, link.DeleteRoute(m.ns, tunnelRoute(t, was)))
			}
			if !slices.ContainsFunc(is.Tunnels, func(n Tunnel) bool { return n.Gateway == t.Gateway }) {
				errs = append(errs, link.DeleteNeighbour(m.ns, OverlayDevice, t.Gateway))
			}
		}
	}
	for _, t := range is.Tunnels {
		errs = append(errs,
			link.ReplaceFDB(m.ns, OverlayDevice, t.MAC, t.Outer),
			link.ReplaceNeighbour(m.ns, OverlayDevice, t.Gateway, t.MAC),
			link.ReplaceRoute(m.ns, tunnelRoute(t, is)))
	}
	return errors.Join(errs...)
}

func tunnelRoute(t Tunnel, n *NodePlan) link.Route {
	return link.Route{Destination: t.Block, Gateway: t.Gateway, Device: OverlayDevice, Reach: link.OnLink, Source: n.Gateway}
}

// adoptHost makes what is a host's own and differs. Settings come before the
// bridges that they are for.
func (m *machine) adoptHost(was HostPlan, p MachinePlan) error {
	is := p.Host
	var errs []error
	if was.ReversePath != is.ReversePath || was.LinkDown != is.LinkDown || was.Forwarding != is.Forwarding {
		errs = append(errs, link.SetSysctls(m.ns, []netns.Setting{
			{Key: "net.ipv4.ip_forward", Value: is.Forwarding},
			{Key: "net.ipv4.conf.all.rp_filter", Value: is.ReversePath},
			{Key: "net.ipv4.conf.all.ignore_routes_with_linkdown", Value: is.LinkDown},
			// The middle of a connection is no new one to a firewall that has just
			// begun to look.
			{Key: "net.netfilter.nf_conntrack_tcp_loose", Value: "0"},
		}))
	}
	static := func(d netip.Prefix) link.Route {
		return link.Route{Destination: d, Gateway: p.Gateway, Device: m.Interface}
	}
	for _, r := range was.Routes {
		if !slices.Contains(is.Routes, r) {
			errs = append(errs, link.DeleteRoute(m.ns, static(r)))
		}
	}
	for _, r := range is.Routes {
		if !slices.Contains(was.Routes, r) {
			errs = append(errs, link.PreferRoute(m.ns, static(r)))
		}
	}
	if m.Engine == BareEngine {
		errs = append(errs, m.adoptBridges(p.Name, was.Bridges, is.Bridges))
	}
	return errors.Join(errs...)
}

// adoptBridges makes the bridges of a host's engine networks.
func (m *machine) adoptBridges(name string, was, is []Bridge) error {
	var errs []error
	for _, b := range was {
		if !slices.ContainsFunc(is, func(n Bridge) bool { return n.Interface == b.Interface }) {
			errs = append(errs, link.Delete(m.ns, b.Interface))
		}
	}
	for _, b := range is {
		err := unlessThere(m.ns, b.Interface, func() error {
			err := link.CreateBridge(m.ns, b.Interface, 0)
			return errors.Join(err, link.SetMAC(m.ns, b.Interface, mac("bridge", name, b.Network)))
		})
		errs = append(errs, err, link.SetAddresses(m.ns, b.Interface, b.Address), link.SetUp(m.ns, b.Interface))
	}
	return errors.Join(errs...)
}
