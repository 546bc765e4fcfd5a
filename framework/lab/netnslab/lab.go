package netnslab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Options say how a lab is opened.
type Options struct {
	// Run is the run's id; it is in the name of everything that is pinned.
	Run string
	// Keep is a directory to pin the namespaces under, so that they outlive the
	// process; empty means anonymous namespaces.
	Keep   string
	Timing config.Timing
}

// Lab is a lab of bare namespaces. It is used by one goroutine at a time.
type Lab struct {
	options Options
	world   topology.World
	open    bool
	fabric  *fabric.Fabric
	// mutant and changed are of a Mutable lab only.
	mutant  *fabric.Mutant
	changed bool
	// rebuilt is whether the last Adopt built everything anew.
	rebuilt bool
	site    fabric.Site
	// spaces are all namespaces by name, agents one per endpoint.
	spaces map[string]*netns.Namespace
	agents map[string]*probe.Local
	pinned []string
	// trouble is nil outside of tests.
	trouble  *netns.Trouble
	services services
}

var (
	_ lab.Lab    = (*Lab)(nil)
	_ lab.Keeper = (*Lab)(nil)

	_ lab.Forgetter = (*Lab)(nil)
	_ lab.Rebuilder = (*Lab)(nil)
)

// Open checks that namespaces can be made here and returns an empty lab. The
// error matches lab.ErrCannotHost when the process lacks the privilege; see
// netns.ReexecInUserNamespace for how an ordinary user gets it.
func Open(_ context.Context, o Options) (*Lab, error) {
	ok, err := netns.Capable()
	if err != nil {
		return nil, fmt.Errorf("open netns lab: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("open netns lab: neither root nor in a user namespace, so no network namespace can be made; run as root, or allow user namespaces (sysctl user.max_user_namespaces): %w", lab.ErrCannotHost)
	}
	return &Lab{options: o}, nil
}

// Name implements lab.Lab.
func (l *Lab) Name() lab.Name { return lab.Netns }

// World implements lab.Lab.
func (l *Lab) World() topology.World { return l.world }

// Adopt implements lab.Lab. When it fails half-way nothing is left, not even the
// world adopted before; an invalid world, and one that needs Kubernetes, is refused
// before anything is touched. Rules, routes, connections, gateways, subnets without
// NICs, listeners, the groups of NICs, what the operating systems of machines do,
// and which node a pod is on with which address, change in place; other machines,
// their addresses or other pods mean building everything anew.
func (l *Lab) Adopt(ctx context.Context, w topology.World) error {
	if err := w.Validate(); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	if err := lab.CanHost(lab.Netns, w); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	l.rebuilt = false
	if l.open && !l.changed && reflect.DeepEqual(l.world, w) {
		return nil
	}
	if l.open && !reflect.DeepEqual(structure(l.world), structure(w)) {
		if err := l.tearDown(); err != nil {
			return fmt.Errorf("adopt world %s: %w", w.Name, err)
		}
		l.rebuilt = true
	}
	if err := l.realise(ctx, w); err != nil {
		// Half a world is no world, and building one takes milliseconds.
		return errors.Join(err, l.tearDown())
	}
	l.world, l.changed = w.Clone(), false
	return nil
}

func (l *Lab) realise(ctx context.Context, w topology.World) error {
	if !l.open {
		if err := l.build(w); err != nil {
			return fmt.Errorf("build world %s: %w", w.Name, err)
		}
	}
	if err := errors.Join(l.authorise(w), l.unwirePods(w)); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	if err := l.fabric.Adopt(ctx, w, l.site); err != nil {
		return err
	}
	if err := errors.Join(l.wirePods(ctx, w), l.adoptMTU(w), l.listen(ctx, w), l.serve(ctx, w)); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	agents := func(name string) (probe.Agent, bool) {
		a, ok := l.agents[name]
		return a, ok
	}
	if err := l.fabric.CheckBackends(ctx, w, agents); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	return nil
}

// build makes the namespaces and agents of a world, not yet wired.
func (l *Lab) build(w topology.World) error {
	l.open = true
	l.fabric = fabric.New(l.options.Timing)
	l.fabric.Mutate(l.mutant)
	l.spaces, l.agents = map[string]*netns.Namespace{}, map[string]*probe.Local{}
	l.site = fabric.Site{Routers: map[string]*netns.Namespace{}, Machines: map[string]fabric.Machine{}, Containers: map[string]*netns.Namespace{}}
	for _, v := range w.VPCs {
		ns, err := l.space("router-" + v.Name)
		if err != nil {
			return err
		}
		l.site.Routers[v.Name] = ns
	}
	for _, e := range w.Endpoints() {
		ns := l.spaces[e.Machine]
		if e.Kind != topology.KindHostPod {
			var err error
			if ns, err = l.space(e.Name); err != nil {
				return err
			}
		}
		if e.Kind == topology.KindHost || e.Kind == topology.KindNode {
			l.site.Machines[e.Name] = fabric.Machine{NS: ns, Interface: nicName}
		}
		l.agents[e.Name] = probe.NewLocal(e.Name, probe.Within(ns.Do))
	}
	return errors.Join(l.buildContainers(w), l.buildMiddle(w))
}

// buildMiddle makes the namespaces of what stands between clients and servers. A
// load balancer has an agent that asks its backends.
func (l *Lab) buildMiddle(w topology.World) error {
	for _, t := range w.Translators {
		ns, err := l.space(t.Name)
		if err != nil {
			return err
		}
		l.site.Machines[t.Name] = fabric.Machine{NS: ns, Interface: nicName}
	}
	for _, b := range w.LoadBalancers {
		ns, err := l.space(b.Name)
		if err != nil {
			return err
		}
		l.site.Machines[b.Name] = fabric.Machine{NS: ns, Interface: nicName}
		l.agents[b.Name] = probe.NewLocal(b.Name, probe.Within(ns.Do))
	}
	return nil
}

// nicName is what the VPC NIC of a machine, and the only interface of a pod, is
// called inside.
const nicName = "eth0"

func (l *Lab) space(name string) (*netns.Namespace, error) {
	if err := l.trouble.Attempt("create", name); err != nil {
		return nil, fmt.Errorf("make namespace %s: %w", name, err)
	}
	ns, err := netns.New(name)
	if err != nil {
		return nil, fmt.Errorf("make namespace %s: %w", name, err)
	}
	l.spaces[name] = ns.Troubled(l.trouble)
	if l.options.Keep == "" {
		return ns, nil
	}
	path := filepath.Join(l.options.Keep, "vpcgate-"+l.options.Run+"-"+name)
	if err := ns.Pin(path); err != nil {
		return nil, fmt.Errorf("keep namespace %s: %w", name, err)
	}
	l.pinned = append(l.pinned, path)
	return ns, nil
}

func (l *Lab) listen(ctx context.Context, w topology.World) error {
	for _, e := range w.Endpoints() {
		var ls []probe.Listener
		for _, x := range e.Listeners {
			p, err := probe.ParseProtocol(string(x.Protocol))
			if err != nil {
				return fmt.Errorf("listeners of %s: %w", e.Name, err)
			}
			ls = append(ls, probe.Listener{Protocol: p, Port: x.Port})
		}
		if err := l.agents[e.Name].Listen(ctx, ls); err != nil {
			return err
		}
	}
	return l.listenInContainers(ctx, w)
}

// Ask implements lab.Lab.
func (l *Lab) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	from, ok := l.world.Endpoint(f.From)
	if !ok {
		return verdict.Observation{}, fmt.Errorf("ask %s: the world has no host, node or pod %q", f, f.From)
	}
	return l.fabric.Ask(ctx, l.world, f, l.agents[from.Name])
}

// Rebuilt implements lab.Rebuilder.
func (l *Lab) Rebuilt() bool { return l.rebuilt }

// Forget implements lab.Forgetter.
func (l *Lab) Forget() {
	if l.fabric != nil {
		l.fabric.Forget()
	}
}

// Agent returns the agent at a host, node or pod, for what a single question
// cannot ask: a connection that stays open while the world changes.
func (l *Lab) Agent(endpoint string) (*probe.Local, bool) {
	a, ok := l.agents[endpoint]
	return a, ok
}

// Alive implements lab.Lab: the server's own agent asks it at its own address,
// which leads over no router.
func (l *Lab) Alive(ctx context.Context, f topology.Flow) error {
	if f.Use != "" {
		return l.fabric.ServiceAlive(ctx, l.world, f, func(host string) (probe.Agent, error) { return l.agents[host], nil })
	}
	to, f, err := l.fabric.Server(l.world, f)
	if err != nil {
		return err
	}
	return fabric.Alive(ctx, l.agents[to.Name], to, f, l.options.Timing.ProbeTimeout)
}

// Close implements lab.Lab. A lab that is kept stays pinned; see Enter.
func (l *Lab) Close(context.Context) error {
	if !l.open {
		return nil
	}
	if l.options.Keep != "" {
		return l.release()
	}
	return l.tearDown()
}

// tearDown removes everything; closing the last descriptor of a namespace takes
// its links, routes and rules with it.
func (l *Lab) tearDown() error {
	var errs []error
	for _, path := range l.pinned {
		errs = append(errs, netns.Unpin(path))
	}
	l.pinned = nil
	return errors.Join(append(errs, l.release())...)
}

// release closes agents and descriptors.
func (l *Lab) release() error {
	errs := []error{l.services.close()}
	if l.fabric != nil {
		errs = append(errs, l.fabric.Close())
	}
	for _, a := range l.agents {
		errs = append(errs, a.Close())
	}
	for _, ns := range l.spaces {
		errs = append(errs, ns.Close())
	}
	l.open, l.agents, l.spaces, l.fabric = false, nil, nil, nil
	l.world, l.site = topology.World{}, fabric.Site{}
	return errors.Join(errs...)
}

// Enter implements lab.Keeper.
func (l *Lab) Enter() []string {
	var lines []string
	for _, path := range l.pinned {
		lines = append(lines, fmt.Sprintf("nsenter --net=%s  # %s", path, filepath.Base(path)))
	}
	slices.Sort(lines)
	return lines
}
