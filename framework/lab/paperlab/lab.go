package paperlab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Lab is the oracle and, as a lab.Lab, a world in memory.
type Lab struct {
	world topology.World
	// live are the connections that Ask left open.
	live map[topology.Flow]connection
	// oracle answers in its place; nil is itself.
	oracle lab.Oracle
}

// connection is what is left of the last answer to a flow that is Live.
type connection struct {
	// known is whether every hop still knows it.
	known bool
	// silent is whether it was asked in the adopted world and did not answer.
	silent bool
	// server is who answers over it, who may be another one than was asked for.
	server string
	// untranslated are the client's cluster's NonMasqueradeCIDRs when it was made: a
	// node goes on translating a connection as it did with its first packet.
	untranslated []netip.Prefix
}

var (
	_ lab.Lab    = (*Lab)(nil)
	_ lab.Oracle = (*Lab)(nil)

	_ lab.Forgetter = (*Lab)(nil)
)

// New returns a paper lab that has adopted nothing yet.
func New() *Lab { return &Lab{live: map[topology.Flow]connection{}} }

// NewOf returns a paper lab that answers what another oracle predicts.
func NewOf(o lab.Oracle) *Lab { return &Lab{live: map[topology.Flow]connection{}, oracle: o} }

// answers is whose predictions are the answers.
func (l *Lab) answers() lab.Oracle {
	if l.oracle == nil {
		return l
	}
	return l.oracle
}

// Forget implements lab.Forgetter.
func (l *Lab) Forget() { clear(l.live) }

// Name implements lab.Lab.
func (l *Lab) Name() lab.Name { return lab.Paper }

// Adopt implements lab.Lab. It refuses an invalid world.
func (l *Lab) Adopt(_ context.Context, w topology.World) error {
	if err := w.Validate(); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	for f, c := range l.live {
		served := f
		served.To = c.server
		c.known = c.known && stays(&l.world, &w, f.To) && l.answers().Survives(l.world, w, served)
		c.silent = false
		l.live[f] = c
	}
	l.world = w.Clone()
	return nil
}

// World implements lab.Lab.
func (l *Lab) World() topology.World { return l.world }

// Ask implements lab.Lab.
func (l *Lab) Ask(_ context.Context, f topology.Flow) (verdict.Observation, error) {
	if !f.Live {
		return l.answers().Predict(l.world, f), nil
	}
	asked := f
	c, stands := l.live[f]
	asked.Live = stands && c.known && !c.silent
	w := l.world
	if asked.Live {
		w = asMade(w, f, c)
	}
	o := l.answers().Predict(w, asked)
	server, stood := answering(w, f, o.Verdict)
	if asked.Live && stood && server != c.server {
		// Its way leads to somebody else, who knows of no connection: a new one is made.
		asked.Live, w = false, l.world
		o = l.answers().Predict(w, asked)
		server, stood = answering(w, f, o.Verdict)
	}
	o.Flow = f
	switch {
	case stood && asked.Live:
	case stood:
		made := connection{known: true, server: server}
		if from, _ := w.Endpoint(f.From); from.Cluster != nil {
			made.untranslated = from.Cluster.NonMasqueradeCIDRs
		}
		l.live[f] = made
	case stands:
		c.silent = true
		l.live[f] = c
	}
	return o, nil
}

// answering is who answers a flow that met a verdict; false when nobody does.
func answering(w topology.World, f topology.Flow, v verdict.Verdict) (server string, stood bool) {
	if v.Kind == verdict.KindMisdelivered {
		return machineOf(w, v.By), true
	}
	return f.To, v.Positive()
}

// machineOf is the name that a server has among destinations: a container of an
// engine's is its host's.
func machineOf(w topology.World, server string) string {
	for _, h := range w.Hosts {
		isOne := func(c topology.EngineContainer) bool { return c.Name == server }
		if h.Engine != nil && slices.ContainsFunc(h.Engine.Containers, isOne) {
			return h.Name
		}
	}
	return server
}

// asMade is the world as a connection that stands meets it.
func asMade(w topology.World, f topology.Flow, c connection) topology.World {
	from, _ := w.Endpoint(f.From)
	if from.Cluster == nil || slices.Equal(from.Cluster.NonMasqueradeCIDRs, c.untranslated) {
		return w
	}
	w = w.Clone()
	from, _ = w.Endpoint(f.From)
	from.Cluster.NonMasqueradeCIDRs = c.untranslated
	return w
}

// Alive implements lab.Lab.
func (l *Lab) Alive(_ context.Context, f topology.Flow) error {
	if f.Protocol == topology.DNSQuery {
		return nil // the server is made for the question
	}
	f = l.world.Target(f)
	to, ok := l.world.Endpoint(f.To)
	if !ok {
		return fmt.Errorf("server %s: the world has no such host, node or pod", f.To)
	}
	if !l.serves(to, f) {
		return fmt.Errorf("server %s: nothing listens on %s/%d", f.To, f.Protocol, f.Port)
	}
	return nil
}

// serves reports whether somebody answers for the destination: it itself, or, for
// an address behind which others serve, one of them.
func (l *Lab) serves(to topology.Endpoint, f topology.Flow) bool {
	if h, known := l.world.Host(to.Name); known {
		if _, published := h.Published(f.Protocol, f.Port); published {
			return true
		}
	}
	if to.Cluster == nil || f.Protocol == topology.ICMP {
		return to.Kind == topology.KindService || to.Listens(f.Protocol, f.Port)
	}
	s, found := to.Cluster.ServiceAt(to.Address, f.Protocol, f.Port)
	if !found {
		return to.Listens(f.Protocol, f.Port)
	}
	k := walker{world: &l.world}
	backends := k.backends(to.Cluster, s)
	for _, e := range backends {
		if e.Listens(f.Protocol, s.TargetPort) {
			return true
		}
	}
	// Without a backend it is the node that answers.
	return len(backends) == 0
}

// Close implements lab.Lab.
func (l *Lab) Close(context.Context) error { return nil }
