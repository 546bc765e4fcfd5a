package fabric

import (
	"context"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Alive proves from beside the server that it lives: its own agent asks it at
// its own address, which crosses none of the world's rules.
func Alive(ctx context.Context, agent probe.Agent, server topology.Endpoint, f topology.Flow, timeout time.Duration) error {
	p, err := probe.ParseProtocol(string(f.Protocol))
	if err != nil {
		return fmt.Errorf("server %s: %w", server.Name, err)
	}
	a, err := beside(ctx, agent, server.Name, probe.Question{Protocol: p, Target: server.Address, Port: f.Port, Timeout: timeout})
	switch {
	case err != nil:
		return err
	case p != probe.ICMP && a.Server != server.Name:
		return fmt.Errorf("server %s: %s answers at its address", server.Name, a.Server)
	default:
		return nil
	}
}

// ServiceAlive proves from beside every host of a managed service that it can be
// used there with its own password. A broker is asked for itself alone: to ask the
// others it would have to cross the world's rules. agents finds the agent of a host.
func (f *Fabric) ServiceAlive(ctx context.Context, w topology.World, flow topology.Flow, agents func(host string) (probe.Agent, error)) error {
	server, known := w.ServerOf(flow)
	if !known {
		return fmt.Errorf("server of %s: no managed service of this world", flow)
	}
	for _, h := range w.Brokers(server.Name) {
		if h.Managed.Stopped && h.Name != server.Name {
			continue // nobody was asked there
		}
		agent, err := agents(h.Name)
		if err != nil {
			return fmt.Errorf("server %s: %w", h.Name, err)
		}
		a, err := beside(ctx, agent, h.Name, probe.Question{
			Protocol: probe.TCP, Target: h.NIC.Address, Port: h.Managed.Kind.Port(), Timeout: f.timing.ProbeTimeout,
			Use: probe.Use{Kind: h.Managed.Kind.Use(), Password: h.Managed.Accepts(), Roots: f.roots, Alone: true},
		})
		if err != nil {
			return err
		}
		if managed.NameOf(a.Server) != h.InstanceName() {
			return fmt.Errorf("server %s: %s answers at its address", h.Name, a.Server)
		}
	}
	return nil
}

// beside has a server's own agent ask the server, and returns its answer.
func beside(ctx context.Context, agent probe.Agent, server string, q probe.Question) (probe.Answer, error) {
	q.ID = "alive"
	answers, err := agent.Ask(ctx, []probe.Question{q})
	how := q.Protocol.String()
	if q.Use.Kind != "" {
		how = string(q.Use.Kind)
	}
	switch {
	case err != nil:
		return probe.Answer{}, fmt.Errorf("server %s: ask its own agent: %w", server, err)
	case len(answers) != 1 || answers[0].Outcome != probe.Answered:
		return probe.Answer{}, fmt.Errorf("server %s does not answer itself on %s/%d: %v", server, how, q.Port, outcomes(answers))
	default:
		return answers[0], nil
	}
}

func outcomes(answers []probe.Answer) []string {
	all := make([]string, len(answers))
	for i, a := range answers {
		all[i] = a.Outcome.String()
		if a.Err != "" {
			all[i] += ": " + a.Err
		}
	}
	return all
}
