package fabric

import (
	"context"
	"fmt"
	"time"

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
	q := probe.Question{ID: "alive", Protocol: p, Target: server.Address, Port: f.Port, Timeout: timeout}
	answers, err := agent.Ask(ctx, []probe.Question{q})
	switch {
	case err != nil:
		return fmt.Errorf("server %s: ask its own agent: %w", server.Name, err)
	case len(answers) != 1 || answers[0].Outcome != probe.Answered:
		return fmt.Errorf("server %s does not answer itself on %s/%d: %v", server.Name, f.Protocol, f.Port, outcomes(answers))
	case p != probe.ICMP && answers[0].Server != server.Name:
		return fmt.Errorf("server %s: %s answers at its address", server.Name, answers[0].Server)
	default:
		return nil
	}
}

func outcomes(answers []probe.Answer) []string {
	all := make([]string, len(answers))
	for i, a := range answers {
		all[i] = a.Outcome.String()
	}
	return all
}
