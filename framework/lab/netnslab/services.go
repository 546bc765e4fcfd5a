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
		if err := l.services.begin(l.options.Run, l.place, l.options.Timing.ProbeTimeout); err != nil {
			return err
		}
	}
	return l.services.fleet.Adopt(ctx, want, managed.Refusals(w))
}

func (s *services) begin(run string, place serve.Place, patience time.Duration) error {
	if s.authority == nil {
		a, err := authority.New(run)
		if err != nil {
			return err
		}
		s.authority = a
	}
	s.fleet = serve.NewFleet(serve.Options{Place: place, Authority: s.authority, Patience: patience})
	return nil
}

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
