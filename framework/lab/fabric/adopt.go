package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// adoptRules puts a router's rules into force, before anything that they guard
// exists.
func (f *Fabric) adoptRules(p RouterPlan) error {
	r := f.routers[p.VPC]
	if !r.ready {
		if err := r.takeOver(p); err != nil {
			return err
		}
		r.ready = true
	}
	if _, err := nft.Apply(r.ns, r.rules, p.Rules); err != nil {
		return err
	}
	r.rules, r.fates = p.Rules, p.Fates
	return nil
}

// adoptLinks makes the sinks and the links to other routers that the plan has and removes the
// links that it no longer has. NICs are made with their machines.
func (f *Fabric) adoptLinks(ctx context.Context, p RouterPlan) error {
	r := f.routers[p.VPC]
	for _, s := range p.Sinks {
		if slices.Contains(r.plan.Sinks, s) {
			continue
		}
		err := unlessThere(r.ns, s.Interface, func() error { return r.createSink(s) })
		if err := errors.Join(err, link.SetUp(r.ns, s.Interface)); err != nil {
			return err
		}
	}
	for _, l := range p.Links {
		if slices.Contains(r.plan.Links, l) {
			continue
		}
		if err := f.peer(ctx, p.VPC, l); err != nil {
			return err
		}
	}
	var errs []error
	for _, s := range r.plan.Sinks {
		if !slices.Contains(p.Sinks, s) {
			errs = append(errs, link.Delete(r.ns, s.Interface))
		}
	}
	for _, l := range r.plan.Links {
		if !slices.Contains(p.Links, l) {
			errs = append(errs, link.Delete(r.ns, l.Interface))
		}
	}
	for _, port := range r.plan.Ports {
		if slices.Contains(p.Ports, port) {
			continue
		}
		errs = append(errs, link.Delete(r.ns, port.Interface))
		if m := f.machines[port.Machine]; m != nil && m.wired {
			delete(f.machines, port.Machine) // one that is not wired was moved
		}
	}
	for _, l := range r.plan.Legs {
		if !slices.ContainsFunc(p.Legs, func(is Leg) bool { return is.Interface == l.Interface }) {
			errs = append(errs, link.Delete(r.ns, l.Interface))
		}
	}
	r.plan.Sinks, r.plan.Links, r.plan.Ports, r.plan.Legs = p.Sinks, p.Links, p.Ports, p.Legs
	return errors.Join(errs...)
}

// createSink makes an interface that leads nowhere: one end of a veth whose other
// end stays down. A bridge would do as well, but the kernel holds its one lock for
// links over a grace period for each bridge that it removes.
func (r *router) createSink(s Sink) error {
	return link.CreateVeth(
		link.End{Namespace: r.ns, Name: s.Interface},
		link.End{Namespace: r.ns, Name: s.end()},
	)
}

// peer makes the link to another router unless the one at its other end has made
// it already, and tells this router the other's MAC address: routers have no
// addresses, so there is nobody to ask.
func (f *Fabric) peer(ctx context.Context, vpc string, l Link) error {
	r, other := f.routers[vpc], f.routers[l.OtherVPC]
	if other == nil {
		return fmt.Errorf("%s %s: the site has no router for VPC %s", l.Kind, l.Name, l.OtherVPC)
	}
	err := unlessThere(r.ns, l.Interface, func() error {
		return link.CreateVeth(
			link.End{Namespace: r.ns, Name: l.Interface, MAC: mac(string(l.Kind), l.Name, vpc)},
			link.End{Namespace: other.ns, Name: l.Interface, MAC: mac(string(l.Kind), l.Name, l.OtherVPC)},
		)
	})
	if err != nil {
		return err
	}
	err = errors.Join(
		link.SetSysctls(r.ns, link.RouterNICSettings(l.Interface)),
		link.SetUp(r.ns, l.Interface),
		link.SetUp(other.ns, l.Interface),
		link.ReplaceNeighbour(r.ns, l.Interface, PeerHop, mac(string(l.Kind), l.Name, l.OtherVPC)),
	)
	if err != nil {
		return err // a link that is not up has no carrier to wait for
	}
	return link.AwaitCarrier(ctx, r.ns, l.Interface)
}

// adoptRoutes makes a router's tables and the rules that choose among them.
// Routes come before the rules that need them.
func (f *Fabric) adoptRoutes(p RouterPlan) error {
	r := f.routers[p.VPC]
	tables := map[int][]link.Route{}
	for _, x := range r.plan.Routes {
		tables[x.Table] = []link.Route{}
	}
	for _, x := range p.Routes {
		route := link.Route{Table: x.Table, Destination: x.Destination, Device: x.Interface, Gateway: x.Via}
		if x.Via.IsValid() {
			route.Reach = link.OnLink
		}
		if m := f.machineAt(p, x.Interface); m == nil || m.wired {
			tables[x.Table] = append(tables[x.Table], route)
		}
	}
	if reflect.DeepEqual(tables, r.tables) && reflect.DeepEqual(p.Lookup, r.plan.Lookup) {
		return nil
	}
	var errs []error
	for table, routes := range tables {
		_, err := link.SyncRoutes(r.ns, table, routes)
		errs = append(errs, err)
	}
	rules := make([]link.Rule, len(p.Lookup))
	for i, x := range p.Lookup {
		rules[i] = link.Rule{Priority: x.Priority, From: x.From, InIface: x.In, Table: x.Table}
	}
	_, err := link.SyncRules(r.ns, rules)
	if err := errors.Join(append(errs, err)...); err != nil {
		r.tables = nil // unknown: the next adoption looks again
		return err
	}
	r.plan.Routes, r.plan.Lookup, r.tables = p.Routes, p.Lookup, tables
	return nil
}

// machineAt finds the machine behind a port; nil for sinks and peerings. One
// that is not wired yet, while a cluster is being created, gets its routes later.
func (f *Fabric) machineAt(p RouterPlan, iface string) *machine {
	for _, port := range p.Ports {
		if port.Interface == iface {
			if m := f.machines[port.Machine]; m != nil {
				return m
			}
			return &machine{}
		}
	}
	return nil
}

// cutInbound forgets the live inbound connections of every NIC whose inbound
// rules, or the members of the groups that they name, changed; their next packets meet the new rules, or nothing that knows
// them.
func (f *Fabric) cutInbound(p Plan) error {
	var errs []error
	for _, rp := range p.Routers {
		r := f.routers[rp.VPC]
		var cut []netip.Prefix
		for _, port := range rp.changed(r.before) {
			cut = append(cut, host(port.Address))
			for _, route := range rp.Routes {
				if route.Interface == port.Interface {
					cut = append(cut, route.Destination)
				}
			}
		}
		// A route to an instance may hold the addresses of others, which it does not lead to.
		var others []netip.Prefix
		for _, port := range rp.Ports {
			if !slices.Contains(cut, host(port.Address)) {
				others = append(others, host(port.Address))
			}
		}
		r.before = rp.Inbound
		if len(cut) > 0 {
			inbound, spared := link.ToAny(cut...), link.ToAny(others...)
			_, err := link.FlushConntrack(r.ns, func(c link.Flow) bool { return inbound(c) && !spared(c) })
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
