package kindlab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Ask implements lab.Lab.
func (l *Lab) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	from, ok := l.world.Endpoint(f.From)
	if !ok {
		return verdict.Observation{}, fmt.Errorf("ask %s: world %s has no %s", f, l.world.Name, f.From)
	}
	if from.Kind == topology.KindPod && !from.Address.IsValid() {
		// The kubelet has said so when the world was adopted.
		return verdict.Observation{Flow: f, Verdict: verdict.Unreachable(from.Machine, verdict.NoAddress)}, l.stillPending(ctx, f)
	}
	if f.Protocol == topology.DNSQuery {
		o, err := l.askName(ctx, f, from)
		if err != nil {
			return o, fmt.Errorf("ask %s: %w", f, err)
		}
		return o, nil
	}
	agent, err := l.agents.get(from.Name)
	if err != nil {
		return verdict.Observation{}, fmt.Errorf("ask %s: %w", f, err)
	}
	return l.fabric.Ask(ctx, l.world, f, agent)
}

// Forget implements lab.Forgetter.
func (l *Lab) Forget() {
	if l.fabric != nil {
		l.fabric.Forget()
	}
}

// stillPending reports a client that has found an address since.
func (l *Lab) stillPending(ctx context.Context, f topology.Flow) error {
	if err := l.awaitNoAddress(ctx, f.From); err != nil {
		return fmt.Errorf("ask %s: %w", f, err)
	}
	return nil
}

// Alive implements lab.Lab: the destination's own agent asks its own address,
// which crosses nothing outside its network namespace. Of a Service, all pods
// behind it are asked.
func (l *Lab) Alive(ctx context.Context, f topology.Flow) error {
	to, ok := l.world.Endpoint(f.To)
	if !ok {
		return fmt.Errorf("look after %s: world %s has no such host, node, pod or service", f.To, l.world.Name)
	}
	f = l.world.Target(f)
	if f.Protocol == topology.DNSQuery {
		return l.dnsAnswers(ctx)
	}
	service, served := l.serviceBehind(to, f)
	if !served && f.Use != "" {
		return l.fabric.ServiceAlive(ctx, l.world, f, func(host string) (probe.Agent, error) { return l.agents.get(host) })
	}
	if !served {
		server, there, err := l.fabric.Server(l.world, f)
		if err != nil {
			return fmt.Errorf("look after %s: %w", f.To, err)
		}
		return l.answersItself(ctx, server, there)
	}
	for _, name := range service.Backends {
		backend, known := l.world.Endpoint(name)
		if !known {
			return fmt.Errorf("look after %s: its backend %s is not in the world", f.To, name)
		}
		if err := l.answersItself(ctx, backend, topology.Flow{Protocol: service.Protocol, Port: service.TargetPort}); err != nil {
			return err
		}
	}
	return nil
}

// serviceBehind finds the Service that a flow is directed to: by its name, or by
// a NodePort.
func (l *Lab) serviceBehind(to topology.Endpoint, f topology.Flow) (topology.Service, bool) {
	if to.Cluster == nil {
		return topology.Service{}, false
	}
	if i := slices.IndexFunc(to.Cluster.Services, func(s topology.Service) bool { return s.Name == to.Name }); i >= 0 && to.Kind == topology.KindService {
		return to.Cluster.Services[i], true
	}
	return to.Cluster.ServiceAt(to.Address, f.Protocol, f.Port)
}

func (l *Lab) answersItself(ctx context.Context, to topology.Endpoint, f topology.Flow) error {
	agent, err := l.agents.get(to.Name)
	if err != nil {
		return fmt.Errorf("look after %s: %w", to.Name, err)
	}
	q := probe.Question{Protocol: protocolOf(f.Protocol), Target: to.Address, Port: f.Port, Timeout: l.options.Timing.ProbeTimeout}
	answers, err := agent.Ask(ctx, []probe.Question{q})
	if err != nil {
		return fmt.Errorf("look after %s: %w", to.Name, err)
	}
	switch a := answers[0]; {
	case a.Outcome != probe.Answered:
		return fmt.Errorf("look after %s: it does not answer itself: %s %s", to.Name, a.Outcome, a.Err)
	case q.Protocol != probe.ICMP && a.Server != to.Name:
		return fmt.Errorf("look after %s: %s answers at its address", to.Name, a.Server)
	default:
		return nil
	}
}

// dnsAnswers asks the cluster's DNS beside the network: on its own node, which
// reaches it over no link of the world's.
func (l *Lab) dnsAnswers(ctx context.Context) error {
	server, _, err := l.dnsServer(ctx)
	if err != nil {
		return fmt.Errorf("look after the cluster's DNS: %w", err)
	}
	api, err := l.serviceEndpoint(ctx, "default", "kubernetes")
	if err != nil {
		return fmt.Errorf("look after the cluster's DNS: %w", err)
	}
	n := l.nodeOf(l.kubeName(server.Node))
	err = askDNS(ctx, probe.Within(n.ns.Do), netip.AddrPortFrom(server.Address, dnsPort), apiName, api.Addr(), l.options.Timing.ProbeTimeout)
	if err != nil {
		return fmt.Errorf("look after the cluster's DNS: %w", err)
	}
	return nil
}
