package netnslab

import (
	"context"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// services are what serves the managed instances of a lab's worlds. It is made when
// the first world has some.
type services struct {
	fleet     *serve.Fleet
	authority *authority.Authority
}

var _ lab.Served = (*Lab)(nil)

// serve makes the instances of a world those that are served. One that is served
// already keeps its data, whatever of its password, its list and its ports is
// another, as long as the lab's namespaces stand.
func (l *Lab) serve(ctx context.Context, w topology.World) error {
	want := managed.Instances(w)
	if l.services.fleet == nil {
		if len(want) == 0 {
			return nil
		}
		l.services.begin(l.place, l.options.Timing.ServerPatience)
	}
	return l.services.fleet.Adopt(ctx, want, managed.Refusals(w))
}

func (s *services) begin(place serve.Place, patience time.Duration) {
	s.fleet = serve.NewFleet(serve.Options{Place: place, Authority: s.authority, Patience: patience})
}

// authorise makes the authority of what a world serves, and tells the site of it.
func (l *Lab) authorise(w topology.World) error {
	if len(managed.Instances(w)) == 0 {
		return nil
	}
	if l.services.authority == nil {
		a, err := authority.New(l.options.Run)
		if err != nil {
			return err
		}
		l.services.authority = a
	}
	l.site.Roots = string(l.services.authority.PEM())
	return nil
}

// Roots are the certificates, in PEM, that the instances of the lab which are used over HTTPS are of.
func (l *Lab) Roots() string { return l.site.Roots }

// place is where the hosts of instances are.
func (l *Lab) place(host string, f func() error) error {
	ns, ok := l.spaces[host]
	if !ok {
		return fmt.Errorf("there is no namespace of host %s", host)
	}
	return ns.Do(f)
}

// close ends what serves, before its namespaces go.
func (s *services) close() error {
	if s.fleet == nil {
		return nil
	}
	return s.fleet.Close()
}

// Programs implements lab.Served.
func (l *Lab) Programs() []managed.Program {
	if l.services.fleet == nil {
		return nil
	}
	return l.services.fleet.Programs()
}
