package kindlab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// hostLink is the VPC NIC of a host.
const hostLink = "eth0"

// Adopt implements lab.Lab. Hosts, VPCs, pods, listeners and everything that the
// fabric realises change in place; so do the container CIDR and the nodes'
// blocks, at the price of making all pods with an address of their own anew.
func (l *Lab) Adopt(ctx context.Context, w topology.World) error {
	if err := w.Validate(); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	if err := lab.CanHost(lab.Kind, w); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	if err := errors.Join(l.needEngineImage(ctx, w), l.needServiceImages(ctx, w)); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	limit := l.options.Timing.Adopt
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the time to adopt a world, %s, ended", limit))
	defer cancel()
	if err := l.adopt(ctx, w); err != nil {
		if !errors.Is(err, lab.ErrCannotHost) {
			l.forget()
		}
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	return nil
}

// forget makes the next adoption look at everything anew: what is remembered of
// the cluster may be half true after one that failed.
func (l *Lab) forget() {
	l.world, l.proxied, l.policies = topology.World{}, nil, unknown
	l.dnsKnown = false
	// Its hosts may be others than it was started on.
	if err := l.services.fleet.Close(); err != nil {
		l.tell("servers of managed services: %v", err)
	}
	clear(l.cordoned)
	l.linking.Lock()
	defer l.linking.Unlock()
	clear(l.podLinks)
}

func (l *Lab) adopt(ctx context.Context, w topology.World) error {
	c, err := hostable(w, l.options.Mode, &l.cluster)
	if err != nil {
		return err
	}
	if err := errors.Join(checkSockets(l.state, w), l.besideManagement(w)); err != nil {
		return err
	}
	moved, err := l.moveBlocks(c)
	if err != nil {
		return err
	}
	wanted := wantedBodies(l.id, w)
	if err := l.bodies.start(ctx, wanted); err != nil {
		return err
	}
	planned := l.expect(w)
	if err := l.fabric.Adopt(ctx, planned, l.site(w)); err != nil {
		return err
	}
	// Both before anything is scheduled anew, which then goes where it shall.
	if err := l.syncCordons(ctx, c); err != nil {
		return err
	}
	if err := l.makeRoom(ctx, c); err != nil {
		return err
	}
	var realised topology.World
	err = concurrently(ctx,
		func(ctx context.Context) error { return l.removeSurplus(ctx, wanted) },
		func(ctx context.Context) error { return l.connectHosts(ctx, w) },
		func(ctx context.Context) error { return l.syncEngines(ctx, w) },
		func(ctx context.Context) error { return l.syncManaged(ctx, w) },
		func(ctx context.Context) error {
			if moved {
				return l.moveSystemPods(ctx, c)
			}
			return nil
		},
		func(ctx context.Context) (err error) {
			realised, err = l.syncPods(ctx, w)
			return err
		})
	if err != nil {
		return err
	}
	if !sameAddresses(planned, realised) {
		if err := l.fabric.Adopt(ctx, realised, l.site(w)); err != nil {
			return err
		}
	}
	err = concurrently(ctx,
		func(ctx context.Context) error { return l.agents.listen(ctx, realised) },
		func(ctx context.Context) error { return l.syncServices(ctx, realised) },
		func(ctx context.Context) error { return l.syncDNS(ctx, realised) },
		func(ctx context.Context) error { return l.syncPolicies(ctx, c) },
		func(ctx context.Context) error { return l.syncPodLinks(ctx, realised) })
	if err != nil {
		return err
	}
	if err := l.fabric.CheckBackends(ctx, realised, l.agentOf); err != nil {
		return err
	}
	l.world, l.planned, l.readdress = realised, w, false
	return nil
}

// removeSurplus removes the hosts and routers that the world does not have.
func (l *Lab) removeSurplus(ctx context.Context, wanted map[string]containerSpec) error {
	surplus := l.bodies.surplus(wanted)
	for _, key := range surplus {
		if b := l.bodies.get(key); b.Labels[labelRole] == rolePeer || b.Labels[labelRole] == roleBalancer {
			if err := l.agents.forget(b.Labels[labelName]); err != nil {
				return err
			}
		}
	}
	return l.bodies.remove(ctx, surplus...)
}

// connectHosts reaches the agents of the world's hosts, load balancers and nodes.
func (l *Lab) connectHosts(ctx context.Context, w topology.World) error {
	var names []string
	for _, h := range w.Hosts {
		names = append(names, h.Name)
	}
	for _, b := range w.LoadBalancers {
		names = append(names, b.Name)
	}
	for _, n := range l.nodes {
		names = append(names, n.name)
	}
	return forEach(ctx, names, func(ctx context.Context, name string) error {
		return l.agents.connect(ctx, name, l.state.socket(name))
	})
}

// agentOf finds the agent of a load balancer.
func (l *Lab) agentOf(name string) (probe.Agent, bool) {
	agent, err := l.agents.get(name)
	if err != nil {
		return nil, false
	}
	return agent, true
}

// moveSystemPods makes the cluster's own pods anew that have an address of a
// former block, and waits until they are up.
func (l *Lab) moveSystemPods(ctx context.Context, c topology.Cluster) error {
	pods, err := l.kube.pods(ctx, "")
	if err != nil {
		return err
	}
	pods = slices.DeleteFunc(pods, func(p corev1.Pod) bool {
		return p.Namespace == namespace || p.Spec.HostNetwork || p.Status.PodIP == "" || l.inBlock(p)
	})
	err = forEach(ctx, pods, func(ctx context.Context, p corev1.Pod) error { return l.kube.remove(ctx, &p) })
	if err != nil {
		return err
	}
	if err := l.awaitSystem(ctx); err != nil {
		return fmt.Errorf("move pods into %v: %w", c.ContainerCIDRs, err)
	}
	return nil
}

// awaitSystem waits until every pod of the cluster's own is up, with an address
// of its node's block, the DNS server among them: between the end of the former
// one and the making of the next there is none, and all others are up.
func (l *Lab) awaitSystem(ctx context.Context) error {
	return poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		pods, err := l.kube.pods(ctx, "")
		if err != nil {
			return false, err.Error(), nil
		}
		dns := false
		for _, p := range pods {
			if p.Namespace == namespace {
				continue
			}
			dns = dns || p.Labels[appLabel] == dnsAppName
			if ready, why := podReady(&p); !ready {
				return false, fmt.Sprintf("pod %s/%s: %s", p.Namespace, p.Name, why), nil
			}
			if !p.Spec.HostNetwork && !l.inBlock(p) {
				return false, fmt.Sprintf("pod %s/%s still has %s", p.Namespace, p.Name, p.Status.PodIP), nil
			}
		}
		return dns, "the cluster's DNS has no pod", nil
	})
}

// expect returns the world with the addresses that its pods have, as far as
// they are known already and will stay.
func (l *Lab) expect(w topology.World) topology.World {
	given := map[string]netip.Addr{}
	for _, p := range w.Clusters[0].Pods {
		e, ok := l.world.Endpoint(p.Name)
		if ok && e.Kind == topology.KindPod && !p.HostNetwork && !p.Pending && e.Machine == p.Node && l.blockFor(p).Contains(e.Address) {
			given[p.Name] = e.Address
		}
	}
	return giveAddresses(w, given)
}

// sameAddresses reports whether all pods of two worlds have the same addresses.
func sameAddresses(a, b topology.World) bool { return maps.Equal(podAddresses(a), podAddresses(b)) }

func podAddresses(w topology.World) map[string]netip.Addr {
	all := map[string]netip.Addr{}
	for _, c := range w.Clusters {
		for _, p := range c.Pods {
			all[p.Name] = p.Address
		}
	}
	return all
}
