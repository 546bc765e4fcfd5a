package fabric

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrCannotChange is matched by the error of an Adopt that would have to change
// what can only be made anew: the site's namespaces themselves.
var ErrCannotChange = errors.New("this cannot be changed in place")

// Machine is where a host or node is.
type Machine struct {
	NS *netns.Namespace
	// Interface is the VPC NIC's name inside, such as eth1.
	Interface string
	// Management is the interface of the management plane, which the fabric
	// leaves alone but for masquerading pods that use it. It is empty where
	// there is none.
	Management string
	// Engine says who makes the bridges of the world's engine networks there.
	Engine Engine
}

// Engine says whose the bridges of a host's engine networks are.
type Engine uint8

const (
	// BareEngine is none: the fabric makes the bridges.
	BareEngine Engine = iota
	// RealEngine is a container engine that runs on the host and makes them, each
	// under the name that BridgeName gives.
	RealEngine
)

// Site says where everything of a world is. The caller owns the namespaces.
type Site struct {
	Routers  map[string]*netns.Namespace // by VPC
	Machines map[string]Machine          // hosts and nodes, by name
	// Containers are those of the hosts' engines, by name, where the engines are
	// not real ones.
	Containers map[string]*netns.Namespace
	// Roots are the certificates, in PEM, that managed services used over HTTPS are of.
	Roots string
}

// Fabric realises the VPC part of worlds on a site, by difference. It is used by
// one goroutine at a time.
type Fabric struct {
	timing   config.Timing
	roots    string // of the site last adopted
	routers  map[string]*router
	machines map[string]*machine
	// containers are those of hosts' engines.
	containers map[string]*container
	// order is the routers' names in the order of the world.
	order []string

	// adoptions counts Adopt. connections are what Live flows have left open,
	// retired those that were given up.
	adoptions int
	// mutant is nil but in the gate's tests of itself.
	mutant *Mutant

	connections map[topology.Flow]*connection
	retired     []standing
}

// router is a VPC's router as it is.
type router struct {
	ns     *netns.Namespace
	plan   RouterPlan
	ready  bool
	tables map[int][]link.Route
	// rules are in force; before is what was admitted inbound when flows were last
	// cut, however many adoptions have failed since.
	rules  nft.Ruleset
	before map[string]string
	fates  Fates
	record record
	// happening is the rules of what happens at its links.
	happening  nft.Ruleset
	happenings []*happening
}

// machine is a host or node as it is.
type machine struct {
	Machine
	ns     *netns.Namespace
	plan   MachinePlan
	wired  bool
	mutant *Mutant

	rules  nft.Ruleset
	fates  Fates
	record record
}

// New returns a fabric that has realised nothing.
func New(t config.Timing) *Fabric {
	return &Fabric{
		timing: t, routers: map[string]*router{}, machines: map[string]*machine{},
		containers: map[string]*container{}, connections: map[topology.Flow]*connection{},
	}
}

// Adopt makes the site match the world: links, routes and rules of the routers;
// address, way out and container network of the machines. Only what differs
// from the world adopted before is touched. Rules are in force before a link or
// route that needs them appears. Where a NIC's inbound rules changed, its live
// inbound connections are cut, as the cloud does.
func (f *Fabric) Adopt(ctx context.Context, w topology.World, s Site) error {
	p := f.mutant.plan(w)
	f.adoptions++
	f.roots = s.Roots
	if err := errors.Join(f.place(p, s), f.unwire(p)); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	err := each(p.Routers, func(r RouterPlan) error { return named("router", r.VPC, f.adoptRules(r)) })
	if err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	for _, r := range p.Routers { // each makes links into others
		if err := f.adoptLinks(ctx, r); err != nil {
			return fmt.Errorf("adopt world %s: router %s: %w", w.Name, r.VPC, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, context.Cause(ctx))
	}
	err = each(p.Machines, func(m MachinePlan) error { return named("machine", m.Name, f.adoptMachine(ctx, m)) })
	if err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	err = each(p.Routers, func(r RouterPlan) error { return named("router", r.VPC, f.adoptRoutes(r)) })
	if err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	return f.cutInbound(p)
}

// named says of what an error speaks; nil stays nil.
func named(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}

// Attach wires one machine of the world at once, without the rest: what a node
// that is just being created needs before its kubelet starts. It is idempotent;
// Adopt completes the world later.
func (f *Fabric) Attach(ctx context.Context, w topology.World, s Site, name string) error {
	p := NewPlan(w)
	i := slices.IndexFunc(p.Machines, func(m MachinePlan) bool { return m.Name == name })
	if i < 0 {
		return fmt.Errorf("attach %s: world %s has no such host or node", name, w.Name)
	}
	m := p.Machines[i]
	only := Plan{Machines: []MachinePlan{m}}
	for _, r := range p.Routers {
		if r.VPC == m.VPC {
			only.Routers = append(only.Routers, r)
		}
	}
	if err := f.place(only, s); err != nil {
		return fmt.Errorf("attach %s: %w", name, err)
	}
	for _, r := range only.Routers {
		if err := errors.Join(ctx.Err(), f.adoptRules(r)); err != nil {
			return fmt.Errorf("attach %s: router %s: %w", name, r.VPC, err)
		}
	}
	if err := f.adoptMachine(ctx, m); err != nil {
		return fmt.Errorf("attach %s: %w", name, err)
	}
	for _, r := range only.Routers {
		if err := f.adoptRoutes(r); err != nil {
			return fmt.Errorf("attach %s: router %s: %w", name, r.VPC, err)
		}
	}
	return nil
}

// place learns where the plan's routers and machines are and forgets those that
// the world no longer has.
func (f *Fabric) place(p Plan, s Site) error {
	var missing []error
	f.order = f.order[:0]
	for _, r := range p.Routers {
		ns, ok := s.Routers[r.VPC]
		if !ok {
			missing = append(missing, fmt.Errorf("the site has no router for VPC %s", r.VPC))
			continue
		}
		if was := f.routers[r.VPC]; was == nil || was.ns != ns { // a new one may have the name of one that is gone
			f.routers[r.VPC] = &router{ns: ns}
		}
		f.order = append(f.order, r.VPC)
	}
	for _, m := range p.Machines {
		at, ok := s.Machines[m.Name]
		if !ok {
			missing = append(missing, fmt.Errorf("the site has no machine %s", m.Name))
			continue
		}
		if was := f.machines[m.Name]; was == nil || was.ns != at.NS {
			if r := f.routers[m.VPC]; was != nil && r != nil {
				r.tables = nil // its routes went with its link
			}
			f.machines[m.Name] = &machine{Machine: at, ns: at.NS}
		}
		f.machines[m.Name].mutant = f.mutant
		for _, b := range m.Host.Bridges {
			for _, x := range b.Attached {
				if ns := s.Containers[x.Name]; ns != nil && f.containers[x.Name] == nil {
					f.containers[x.Name] = &container{host: m.Name, ns: ns}
				}
			}
		}
	}
	return errors.Join(missing...)
}

// unwire takes a host out of its VPC that the plan has elsewhere: what it has on
// its own side is made anew with its new address.
func (f *Fabric) unwire(p Plan) error {
	var errs []error
	for _, is := range p.Machines {
		m := f.machines[is.Name]
		if m == nil || !m.wired || is.Node != nil || m.plan.VPC == is.VPC && m.plan.Address == is.Address {
			continue
		}
		if r := f.routers[m.plan.VPC]; r != nil {
			errs = append(errs, link.Delete(r.ns, portName(is.Name)))
			r.tables = nil // its routes went with it
		}
		m.wired, m.plan = false, MachinePlan{}
	}
	return errors.Join(errs...)
}
