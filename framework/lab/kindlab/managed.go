package kindlab

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// services are the instances of managed services that a lab serves: real servers
// in containers where there are, else servers of this process with sockets in the
// hosts' network namespaces.
type services struct {
	fleet     *serve.Fleet
	authority *authority.Authority
	// images are what real servers run from, as far as they were needed.
	images map[topology.Use]string
	// leaving is set when servers shall be let go and not removed: whoever removes
	// the cluster removes their containers, and a kept one keeps them.
	leaving bool
}

var _ lab.Served = (*Lab)(nil)

func (l *Lab) newServices() error {
	a, err := authority.New(l.id.run)
	if err != nil {
		return err
	}
	l.services = services{authority: a, images: map[topology.Use]string{}}
	o := serve.Options{Authority: a, Patience: l.options.Timing.ServerPatience, Place: l.place}
	o.Start = func(ctx context.Context, i managed.Instance) (serve.Server, error) {
		s, err := l.serve(ctx, i, o)
		if err == nil && s.Program().Name != "" {
			l.tell("%s is served by %s %s", i.Name, s.Program().Name, s.Program().Version)
		}
		return s, err
	}
	l.services.fleet = serve.NewFleet(o)
	return nil
}

// Roots are the certificates, in PEM, that the instances of the lab which are used over HTTPS are of.
func (l *Lab) Roots() string { return string(l.services.authority.PEM()) }

// place is where the hosts of instances are.
func (l *Lab) place(host string, f func() error) error {
	b := l.bodies.get(bodyKey(rolePeer, host))
	if b == nil {
		return fmt.Errorf("host %s does not run", host)
	}
	return b.ns.Do(f)
}

// serve starts the server of an instance.
func (l *Lab) serve(ctx context.Context, i managed.Instance, o serve.Options) (serve.Server, error) {
	if r, known := recipeOf(i.Use); known {
		return l.startServer(ctx, i, r, l.services.images[i.Use])
	}
	return serve.Start(ctx, i, o)
}

// needServiceImages makes the images ready that a world is the first to need.
func (l *Lab) needServiceImages(ctx context.Context, w topology.World) error {
	for _, i := range managed.Instances(w) {
		if _, known := recipeOf(i.Use); !known || l.services.images[i.Use] != "" {
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

// syncManaged makes the instances of the world what it says. One that was there
// keeps what clients wrote. The hosts are wired.
func (l *Lab) syncManaged(ctx context.Context, w topology.World) error {
	return l.services.fleet.Adopt(ctx, managed.Instances(w), managed.Refusals(w))
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

// Programs implements lab.Served.
func (l *Lab) Programs() []managed.Program { return l.services.fleet.Programs() }

// letServersGo ends what of the services lives in this process.
func (l *Lab) letServersGo() error {
	l.services.leaving = true
	return l.services.fleet.Close()
}
