package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// healthCheck makes a backend of a load balancer answer its health check: the one for
// which the least has to be mended. The check is a flow of its own, with blockers of
// its own, which are looked for as if a host asked in the load balancer's place.
func (b *bench) healthCheck(balancer string) {
	l, known := b.world.LoadBalancer(balancer)
	if !known {
		return
	}
	var ways [][]repair
	for _, x := range l.Backends {
		if found := b.answering(l, x); len(found) > 0 {
			ways = append(ways, found)
		}
	}
	slices.SortStableFunc(ways, func(x, y []repair) int { return cmp.Compare(len(x), len(y)) })
	for _, way := range ways {
		dids := make([]string, len(way))
		for i, r := range way {
			dids[i] = r.did
		}
		b.add(func(w *topology.World) bool {
			for _, r := range way {
				if !r.edit(w) {
					return false
				}
			}
			return true
		}, "for the health check of %s, %s", balancer, strings.Join(dids, "; "))
	}
}

// answering lists what has to be mended for a backend to answer its health check; nothing
// where it cannot be brought to that.
func (b *bench) answering(l topology.LoadBalancer, x topology.Backend) []repair {
	w := b.world.Clone()
	w.LoadBalancers = slices.DeleteFunc(w.LoadBalancers, func(o topology.LoadBalancer) bool { return o.Name == l.Name })
	w.Hosts = append(w.Hosts, topology.Host{Name: l.Name, NIC: l.NIC})
	check := topology.Ping(l.Name, x.Machine)
	if l.HealthCheck == topology.TCP {
		check = topology.OverTCP(l.Name, x.Machine, x.Port)
	}
	s := search{oracle: b.oracle, flow: check, asIs: w, world: w}
	s.seen = b.oracle.Predict(w, check)
	for !s.seen.Verdict.Positive() {
		s.met = append(s.met, endOf(s.seen))
		if len(s.met) == most || !s.mend() {
			return nil
		}
	}
	return s.repairs
}
