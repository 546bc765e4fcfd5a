package kindlab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// services are the instances of managed services that a lab serves: real servers
// in containers where there are, else servers of this process with sockets in the
// hosts' network namespaces. It is safe for concurrent use.
type services struct {
	mu        sync.Mutex
	all       map[string]served
	refusers  map[string]refuser
	images    map[topology.Use]string
	authority *authority.Authority
	programs  []managed.Program
	// epochs counts incarnations.
	epochs int
}

// served is a server with the hosts that it was started on.
type served struct {
	serve.Server
	hosts []*body
}

// needServiceImages makes the images ready that a world is the first to need.
func (l *Lab) needServiceImages(ctx context.Context, w topology.World) error {
	for _, i := range managed.Instances(w) {
		if _, real := recipeOf(i.Use); !real || l.services.images[i.Use] != "" {
			continue
		}
		if l.options.ServiceImage == nil {
			return cannotHost(w, fmt.Errorf("this lab has no image of a server for %s", i.Use))
		}
		image, err := l.options.ServiceImage(ctx, i.Use)
		if err != nil {
			return err
		}
		l.services.images[i.Use] = image
	}
	return nil
}

// removeServers removes the servers that a kept lab left: they are of a former
// process, as those without a container were.
func (l *Lab) removeServers(ctx context.Context) error {
	var keys []string
	for _, host := range l.bodies.named(roleService) {
		keys = append(keys, bodyKey(roleService, host))
	}
	return l.bodies.remove(ctx, keys...)
}

// syncManaged makes the instances of the world what it says. One that was there
// keeps what clients wrote. The hosts are wired.
func (l *Lab) syncManaged(ctx context.Context, w topology.World) error {
	wanted := managed.Instances(w)
	var surplus []string
	for name, s := range l.services.snapshot() {
		i := slices.IndexFunc(wanted, func(i managed.Instance) bool { return i.Name == name })
		if i < 0 || !l.isServedBy(s, wanted[i]) {
			surplus = append(surplus, name)
		}
	}
	err := forEach(ctx, surplus, func(_ context.Context, name string) error { return l.services.stop(name) })
	if err != nil {
		return err
	}
	return concurrently(ctx,
		func(ctx context.Context) error {
			return forEach(ctx, wanted, func(ctx context.Context, i managed.Instance) error { return l.syncInstance(ctx, i) })
		},
		func(ctx context.Context) error { return l.syncRefusers(ctx, w) })
}

// isServedBy reports whether a server can go on as the instance: of the same use,
// on the same hosts.
func (l *Lab) isServedBy(s served, i managed.Instance) bool {
	return s.Instance().Use == i.Use && slices.Equal(s.hosts, l.hostsOf(i))
}

// hostsOf lists the containers of an instance's hosts.
func (l *Lab) hostsOf(i managed.Instance) []*body {
	var all []*body
	for _, n := range i.Nodes {
		all = append(all, l.bodies.get(bodyKey(rolePeer, n.Host)))
	}
	return all
}

func (l *Lab) syncInstance(ctx context.Context, i managed.Instance) error {
	if s, there := l.services.get(i.Name); there {
		i.Epoch = s.Instance().Epoch
		return s.Adopt(ctx, i)
	}
	i.Epoch = l.services.epoch(l.id.run)
	s, err := l.serve(ctx, i)
	if err != nil {
		return err
	}
	l.services.put(i.Name, served{Server: s, hosts: l.hostsOf(i)})
	l.tell("%s serves %s as %s %s", i.Name, i.Use, s.Program().Name, s.Program().Version)
	return nil
}

// serve starts the server of an instance.
func (l *Lab) serve(ctx context.Context, i managed.Instance) (serve.Server, error) {
	if r, real := recipeOf(i.Use); real {
		return l.startServer(ctx, i, r, l.services.images[i.Use])
	}
	return serve.Start(ctx, i, l.serveOptions())
}

func (l *Lab) serveOptions() serve.Options {
	return serve.Options{
		Authority: l.services.authority, Patience: l.options.Timing.ProbeTimeout,
		Place: func(host string, f func() error) error {
			b := l.bodies.get(bodyKey(rolePeer, host))
			if b == nil {
				return fmt.Errorf("host %s does not run", host)
			}
			return b.ns.Do(f)
		},
	}
}

func newServices(run string) (*services, error) {
	a, err := authority.New(run)
	if err != nil {
		return nil, err
	}
	return &services{all: map[string]served{}, refusers: map[string]refuser{}, images: map[topology.Use]string{}, authority: a}, nil
}

func (s *services) snapshot() map[string]served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.all)
}

func (s *services) get(name string) (served, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.all[name]
	return one, ok
}

// put keeps a server, and remembers its program for good.
func (s *services) put(name string, one served) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[name] = one
	if p := one.Program(); !slices.Contains(s.programs, p) {
		s.programs = append(s.programs, p)
	}
}

// stop ends a server; its data goes with it.
func (s *services) stop(name string) error {
	s.mu.Lock()
	one, ok := s.all[name]
	delete(s.all, name)
	s.mu.Unlock()
	if !ok {
		return nil
	}
	if err := one.Close(); err != nil {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	return nil
}

// epoch names the next incarnation of a run's servers.
func (s *services) epoch(run string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epochs++
	return digest(fmt.Sprintf("%s/%d", run, s.epochs))
}

// letGo ends what of the services lives in this process. Containers are the
// caller's to keep or to remove.
func (s *services) letGo() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, one := range s.all {
		if _, contained := one.Server.(*server); !contained {
			errs = append(errs, one.Close())
		}
	}
	for _, r := range s.refusers {
		errs = append(errs, r.Close())
	}
	clear(s.all)
	clear(s.refusers)
	return errors.Join(errs...)
}
