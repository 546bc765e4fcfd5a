package fabric

import (
	"context"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// CheckBackends has every load balancer of the adopted world ask its backends, as
// its health check does, and forward to the first that answers. It comes after
// everything that could answer is there. agents finds the agent at a balancer.
func (f *Fabric) CheckBackends(ctx context.Context, w topology.World, agents func(balancer string) (probe.Agent, bool)) error {
	for _, b := range w.LoadBalancers {
		agent, ok := agents(b.Name)
		if !ok {
			return fmt.Errorf("check backends of %s: there is no agent", b.Name)
		}
		chosen, err := f.firstHealthy(ctx, w, b, agent)
		if err != nil {
			return fmt.Errorf("check backends of %s: %w", b.Name, err)
		}
		if err := f.choose(b.Name, chosen); err != nil {
			return fmt.Errorf("forward at %s: %w", b.Name, err)
		}
	}
	return nil
}

// firstHealthy returns the place of the first backend that is healthy, or -1.
// Whoever answers there will do.
func (f *Fabric) firstHealthy(ctx context.Context, w topology.World, b topology.LoadBalancer, agent probe.Agent) (int, error) {
	for i, backend := range b.Backends {
		check := topology.Ping(b.Name, backend.Machine)
		if b.HealthCheck == topology.TCP {
			check = topology.OverTCP(b.Name, backend.Machine, backend.Port)
		}
		o, err := f.Ask(ctx, w, check, agent)
		if err != nil {
			return -1, err
		}
		if o.Verdict.Answered() {
			return i, nil
		}
	}
	return -1, nil
}

// choose has a load balancer forward to one of its backends, or to none.
func (f *Fabric) choose(balancer string, i int) error {
	m := f.machines[balancer]
	if m == nil || m.plan.Balancer == nil {
		return fmt.Errorf("the adopted world has no load balancer of this name")
	}
	next := *m.plan.Balancer
	next.Chosen = BackendPlan{}
	if i >= 0 {
		next.Chosen = next.Backends[i]
	}
	p := m.plan
	p.Balancer = &next
	if err := m.adoptRules(p); err != nil {
		return err
	}
	m.plan = p
	return nil
}

// keepChosen lets a load balancer go on forwarding to whom it chose, until its
// backends have been asked again.
func (m *machine) keepChosen(p MachinePlan) MachinePlan {
	if p.Balancer == nil || m.plan.Balancer == nil {
		return p
	}
	if was := m.plan.Balancer.Chosen; slices.Contains(p.Balancer.Backends, was) {
		next := *p.Balancer
		next.Chosen = was
		p.Balancer = &next
	}
	return p
}

// chosen finds the backend that a load balancer forwards to.
func (f *Fabric) chosen(balancer string) (BackendPlan, bool) {
	m := f.machines[balancer]
	if m == nil || m.plan.Balancer == nil || m.plan.Balancer.Chosen == (BackendPlan{}) {
		return BackendPlan{}, false
	}
	return m.plan.Balancer.Chosen, true
}

// Server finds who serves a flow of the adopted world, and the flow as that one
// gets it: who is behind a translator or load balancer, and the container behind
// a published port of a host.
func (f *Fabric) Server(w topology.World, flow topology.Flow) (topology.Endpoint, topology.Flow, error) {
	flow = w.Target(flow)
	to, ok := w.Endpoint(flow.To)
	if !ok {
		return to, flow, fmt.Errorf("server %s: the world has no such host, node or pod", flow.To)
	}
	switch to.Kind {
	case topology.KindTranslator:
		t, _ := w.Translator(to.Name)
		to, _ = w.Endpoint(t.Target)
	case topology.KindBalancer:
		to, flow.Port = f.behind(&w, to, flow)
	default:
	}
	if h, isHost := w.Host(to.Name); isHost {
		if c, published := h.Published(flow.Protocol, flow.Port); published {
			to.Name, to.Address, flow.Port = c.Name, c.Address, c.Port
		}
	}
	flow.To = to.Name
	return to, flow, nil
}

// behind finds who gets a flow to a load balancer, and on which port: whoever it
// has chosen, else the first of its backends, else itself.
func (f *Fabric) behind(w *topology.World, balancer topology.Endpoint, flow topology.Flow) (topology.Endpoint, uint16) {
	b, _ := w.LoadBalancer(balancer.Name)
	if b.Listener != (topology.Listener{Protocol: flow.Protocol, Port: flow.Port}) || len(b.Backends) == 0 {
		return balancer, flow.Port
	}
	to := b.Backends[0]
	if chosen, ok := f.chosen(b.Name); ok {
		to = topology.Backend{Machine: chosen.Machine, Port: chosen.At.Port()}
	}
	flow.Port = to.Port
	return listening(w, to.Machine, flow), to.Port
}
