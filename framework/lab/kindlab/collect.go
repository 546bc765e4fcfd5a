package kindlab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var _ lab.Collector = (*Lab)(nil)

// Collect implements lab.Collector. Beside what the fabric collects at the hops it
// writes what the cluster says of the nodes and pods on the way, and their logs.
func (l *Lab) Collect(ctx context.Context, f lab.Failing, into lab.Files) error {
	if l.world.Name == "" {
		return errors.Join(
			fmt.Errorf("collect %s: no world is adopted, so there is no hop to look at", f.Flow),
			l.collectCluster(ctx, l.onPath(f), into),
		)
	}
	at := fabric.Collecting{
		World: l.world, Failing: f,
		Ask: func(ctx context.Context) (verdict.Observation, error) { return l.Ask(ctx, f.Flow) },
	}
	var errs []error
	if from, ok := l.world.Endpoint(f.Flow.From); ok && from.Kind == topology.KindPod && f.Flow.Protocol == topology.DNSQuery {
		w, err := l.withDNS(ctx)
		if err == nil {
			at.World, at.Failing.Flow = w, topology.OverUDP(f.Flow.From, dnsService, dnsPort)
		}
		errs = append(errs, err)
	}
	opened := opened{lab: l, spaces: map[string]*netns.Namespace{}}
	at.Place = func(name string) *netns.Namespace { return opened.place(ctx, name) }
	errs = append(errs, l.fabric.Collect(ctx, at, into), opened.close())
	return errors.Join(append(errs, l.collectCluster(ctx, l.onPath(f), into))...)
}

// withDNS is the adopted world with the cluster's DNS as a pod and Service of it.
func (l *Lab) withDNS(ctx context.Context) (topology.World, error) {
	server, service, err := l.dnsServer(ctx)
	if err != nil {
		return topology.World{}, fmt.Errorf("find the cluster's DNS: %w", err)
	}
	w := l.world.Clone()
	c := &w.Clusters[0]
	c.Pods, c.Services = append(c.Pods, server), append(c.Services, service)
	return w, nil
}

// opened are the namespaces of pods that were opened to look at them.
type opened struct {
	lab    *Lab
	spaces map[string]*netns.Namespace
	errs   []error
}

// place opens a pod's namespace, through its agent.
func (o *opened) place(ctx context.Context, name string) *netns.Namespace {
	if ns, ok := o.spaces[name]; ok {
		return ns
	}
	if !o.lab.isPod(name) {
		return nil
	}
	agent, err := o.lab.agents.get(name)
	if err != nil {
		return nil // one that is pending has none
	}
	ns, err := namespaceBehind(ctx, agent.socket)
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("enter pod %s: %w", name, err))
		return nil
	}
	o.spaces[name] = ns.Named(name)
	return ns
}

func (o *opened) close() error {
	for _, ns := range o.spaces {
		o.errs = append(o.errs, ns.Close())
	}
	return errors.Join(o.errs...)
}

func (l *Lab) isPod(name string) bool {
	e, ok := l.world.Endpoint(name)
	return ok && (e.Kind == topology.KindPod || e.Kind == topology.KindHostPod)
}

// route is what of the cluster is on a flow's way.
type route struct {
	nodes []*node
	// pods and hosts are names of the world's.
	pods, hosts []string
	// dns is set where the flow asks the cluster's DNS.
	dns bool
}

// onPath finds the nodes and pods on a flow's way.
func (l *Lab) onPath(f lab.Failing) route {
	p := route{dns: f.Flow.Protocol == topology.DNSQuery || f.Flow.To == dnsService}
	names := slices.Concat([]string{f.Flow.From, f.Flow.To}, f.Hops)
	for _, c := range l.world.Clusters {
		for _, s := range c.Services {
			if slices.Contains(names, s.Name) {
				names = append(names, s.Backends...)
			}
		}
	}
	add := func(name string) {
		for _, n := range l.nodes {
			if n.name == name && !slices.Contains(p.nodes, n) {
				p.nodes = append(p.nodes, n)
			}
		}
	}
	for _, name := range names {
		add(name)
		if e, ok := l.world.Endpoint(name); ok {
			add(e.Machine)
		}
		if l.isPod(name) && !slices.Contains(p.pods, name) {
			p.pods = append(p.pods, name)
		}
		if _, ok := hostNamed(l.world, name); ok && !slices.Contains(p.hosts, name) {
			p.hosts = append(p.hosts, name)
		}
	}
	return p
}

// all does everything, whatever fails, and returns all errors.
func all(parts ...func() error) error {
	errs := make([]error, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() { errs[i] = part() })
	}
	wait.Wait()
	return errors.Join(errs...)
}
