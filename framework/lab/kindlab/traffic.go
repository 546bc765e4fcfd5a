package kindlab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// Trafficker is the agent of a host, node or pod, for traffic that goes on while the lab adopts other worlds. It is another one once
// its machine was lost or its pod was made anew, and there is none meanwhile.
func (l *Lab) Trafficker(endpoint string) (probe.Trafficker, bool) {
	a, err := l.agents.get(endpoint)
	return a, err == nil
}

// NameServer is the address of the cluster's DNS, which is a Service's.
func (l *Lab) NameServer(ctx context.Context) (netip.AddrPort, error) {
	return l.serviceEndpoint(ctx, "kube-system", dnsService)
}

// ForgetConnections makes every router and machine forget every connection of the world: what comes next has nothing to do with what
// was. The cluster's own with its API server stay.
func (l *Lab) ForgetConnections() error {
	spaces := map[string]*netns.Namespace{}
	for name, ns := range l.routers(l.world) {
		spaces["router of "+name] = ns
	}
	for name, m := range l.site(l.world).Machines {
		spaces[name] = m.NS
	}
	spared, err := l.management()
	if err != nil {
		return fmt.Errorf("forget connections: %w", err)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(spaces)) {
		_, err := link.FlushConntrack(spaces[name], beside(spared))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// management lists the nodes' addresses on the management network.
func (l *Lab) management() ([]netip.Addr, error) {
	var all []netip.Addr
	for _, n := range l.nodes {
		text, err := managementOf(n)
		if err != nil {
			return nil, err
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// beside means the flows that neither come from nor lead to any of the addresses, not even behind a Service's.
func beside(spared []netip.Addr) link.FlowFilter {
	return func(f link.Flow) bool {
		return !slices.ContainsFunc([]netip.AddrPort{f.Source, f.Destination, f.ReplySource, f.ReplyDestination}, func(a netip.AddrPort) bool {
			return a.Addr().IsLoopback() || slices.Contains(spared, a.Addr())
		})
	}
}
