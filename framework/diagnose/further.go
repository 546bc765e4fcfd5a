package diagnose

import (
	"context"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// askFurther asks what the first answer leaves open: whether it is the pod's
// address or the way that is at fault, whether it is the port, and why a load
// balancer finds nobody alive.
func (w *walk) askFurther(ctx context.Context) error {
	switch w.layer {
	case SecurityGroup, Whitelist, NetworkACL, Engine, Route, Node:
		return w.narrow(ctx)
	case Gateway:
		return w.checkBackends(ctx)
	default:
		return nil
	}
}

// narrow asks the same server from the pod's node, and by ping.
func (w *walk) narrow(ctx context.Context) error {
	f := w.flow
	f.Live, f.Bytes = false, 0
	if f.Protocol == topology.DNSQuery {
		return nil
	}
	if w.from.Kind == topology.KindPod && w.to.Name != w.from.Machine {
		same := f
		same.From = w.from.Machine
		o, err := w.further(ctx, same, "the same from the pod's node")
		if err != nil {
			return err
		}
		w.node = o.Verdict
		w.yield(o)
	}
	if f.Protocol != topology.ICMP && w.to.Kind != topology.KindService {
		o, err := w.further(ctx, topology.Ping(f.From, f.To), "the same server by ping")
		if err != nil {
			return err
		}
		w.ping = o.Verdict
	}
	return nil
}

// yield lets the answer to the node's own flow take the blame where the far end sees
// the node in the pod's place, and what ended it comes first in the page's order:
// the pod would be ended there as well, once nothing ends it before.
//
// Source: cce_10_0399, tunnel networks: a container accesses what its node can access.
func (w *walk) yield(o verdict.Observation) {
	rule := counted(o)
	layer := layerOf(rule)
	if layer == "" || !w.from.Cluster.Masquerades(w.to.Address) || slices.Index(Order(), layer) >= slices.Index(Order(), w.layer) {
		return
	}
	w.layer, w.hop, w.rule, w.answer = layer, o.Verdict.Hop, rule, o.Verdict
	w.source = w.from.Attached.Address
}

// checkBackends does what the health check of a load balancer does, from a host
// beside it, and blames what it meets.
func (w *walk) checkBackends(ctx context.Context) error {
	if !strings.HasPrefix(w.rule, "lb/") {
		return nil
	}
	b, known := w.world.LoadBalancer(w.hop)
	if !known {
		return nil
	}
	beside := w.outsiders(b.NIC.Subnet)
	if len(beside) == 0 {
		return nil
	}
	for _, backend := range b.Backends {
		check := topology.OverTCP(beside[0], backend.Machine, backend.Port)
		if b.HealthCheck == topology.ICMP {
			check = topology.Ping(beside[0], backend.Machine)
		}
		o, err := w.lab.Ask(ctx, check)
		if err != nil {
			return err
		}
		w.note(Step{Asked: &check, Answer: &o.Verdict, Found: "the health check, from beside the load balancer: " + o.Verdict.String()})
		if rule := counted(o); layerOf(rule) != "" {
			w.layer, w.hop, w.rule = layerOf(rule), o.Verdict.Hop, rule
			w.flow, w.source = check, b.NIC.Address
			w.to, _ = w.world.Endpoint(backend.Machine)
			w.from, _ = w.world.Endpoint(beside[0])
			return nil
		}
	}
	return nil
}

func (w *walk) further(ctx context.Context, f topology.Flow, what string) (verdict.Observation, error) {
	if err := w.world.ValidateFlow(f); err != nil {
		return verdict.Observation{}, nil //nolint:nilerr // a flow that makes no sense here is not asked
	}
	o, err := w.lab.Ask(ctx, f)
	if err != nil {
		return verdict.Observation{}, err
	}
	w.note(Step{Asked: &f, Answer: &o.Verdict, Found: what + ": " + o.Verdict.String()})
	return o, nil
}
