package kindlab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// NotReadyError says what a new cluster does not do that a lab must do. Nothing
// is judged on such a cluster.
type NotReadyError struct {
	// What names the part of the readiness checks that failed.
	What string
	// Cause says what was seen instead.
	Cause error
}

// Error names the part and what was seen.
func (e *NotReadyError) Error() string { return "not ready: " + e.What + ": " + e.Cause.Error() }

// Unwrap returns what was seen.
func (e *NotReadyError) Unwrap() error { return e.Cause }

func notReady(what string, err error) error {
	if err == nil {
		return nil
	}
	return &NotReadyError{What: what, Cause: err}
}

// makeReady completes a cluster that kind has just created and checks its
// network from inside.
func (l *Lab) makeReady(ctx context.Context) error {
	var err error
	if l.kube, err = newKube(l.state.kubeconfig(), l.options.Timing.StatePoll); err != nil {
		return err
	}
	if err := l.fabric.Adopt(ctx, l.options.World, l.site(l.options.World)); err != nil {
		return err
	}
	var nodes []readyNode
	err = concurrently(ctx,
		l.startNodeAgents,
		func(ctx context.Context) error { return notReady("nodes", l.awaitNodes(ctx)) },
		func(ctx context.Context) error {
			if err := l.startDNS(ctx); err != nil {
				return notReady("Services on the nodes", err)
			}
			return notReady("the cluster's own pods", l.awaitSystem(ctx))
		},
		func(ctx context.Context) (err error) {
			nodes, err = l.startReadyPods(ctx)
			return notReady("pods", err)
		})
	if err != nil {
		return err
	}
	l.tell("nodes and pods run")
	if err := l.checkNetwork(ctx, nodes); err != nil {
		return notReady("network", err)
	}
	l.tell("network checked from inside")
	if err := l.removeReadyPods(ctx, nodes); err != nil {
		return err
	}
	return l.state.markReady()
}

// resume makes a kept cluster usable again. Its network was checked when it was
// new, and every scenario's baseline checks it again.
func (l *Lab) resume(ctx context.Context) error {
	var err error
	if l.kube, err = newKube(l.state.kubeconfig(), l.options.Timing.StatePoll); err != nil {
		return err
	}
	for _, n := range l.nodes {
		l.givenOut[n.name] = l.readBlock(n)
		l.blocks[n.name] = []netip.Prefix{l.givenOut[n.name]}
	}
	if err := l.wake(ctx); err != nil {
		return err
	}
	return concurrently(ctx,
		l.startNodeAgents,
		func(ctx context.Context) error { return notReady("nodes", l.awaitNodes(ctx)) },
		func(ctx context.Context) error { return notReady("the cluster's own pods", l.awaitSystem(ctx)) })
}

// startNodeAgents makes sure that an agent serves on every node's own network.
func (l *Lab) startNodeAgents(ctx context.Context) error {
	return forEach(ctx, l.nodes, func(ctx context.Context, n *node) error {
		socket := l.state.socket(n.name)
		if client, err := probe.DialControl(ctx, socket); err == nil {
			return client.Close()
		}
		command := append([]string{mountedAgent}, agentArgs(n.name)...)
		if err := l.engine.execDetached(ctx, n.container, controlEnv(n.name), command...); err != nil {
			return fmt.Errorf("start agent of %s: %w", n.name, err)
		}
		return l.agents.connect(ctx, n.name, socket)
	})
}

// awaitNodes waits until every node is ready and checks that each carries the
// address of its VPC NIC.
func (l *Lab) awaitNodes(ctx context.Context) error {
	return poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		there, err := l.kube.nodes(ctx)
		if err != nil {
			return false, err.Error(), nil
		}
		for _, n := range l.nodes {
			k, ok := there[n.container]
			if !ok {
				return false, "node " + n.container + " has not joined", nil
			}
			if err := l.checkAddress(n, k); err != nil {
				return false, "", err
			}
			if !nodeReady(k) {
				return false, "node " + n.container + " is not ready", nil
			}
		}
		return true, "", nil
	})
}

// checkAddress reports a node whose address is not its VPC NIC's: then kind's
// first kubelet argument was not the one that the configuration replaces.
func (l *Lab) checkAddress(n *node, k corev1.Node) error {
	want := l.cluster.Node(n.name).NIC.Address.String()
	for _, a := range k.Status.Addresses {
		if a.Type == corev1.NodeInternalIP && a.Address != want {
			return fmt.Errorf("node %s (%s) has address %s, want its VPC address %s", n.name, n.container, a.Address, want)
		}
	}
	return nil
}

func nodeReady(k corev1.Node) bool {
	return slices.ContainsFunc(k.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// Names of the objects of the readiness checks.
const (
	readyShared = "ready-shared"
	readyPrefix = "ready-"
	readyHost   = "ready-host-"
)

// startReadyPods starts the pods and Services of the readiness checks and
// returns them when they serve.
func (l *Lab) startReadyPods(ctx context.Context) ([]readyNode, error) {
	err := concurrently(ctx, l.loadAgentImage, l.kube.ensureNamespace)
	if err != nil {
		return nil, err
	}
	var specs []podSpec
	var names []string
	nodes := make([]readyNode, len(l.nodes))
	for i, n := range l.nodes {
		nodes[i] = readyNode{Node: *l.cluster.Node(n.name), pod: readyPrefix + n.name, hostPod: readyHost + n.name}
		specs = append(specs,
			l.podSpec(topology.Pod{Name: nodes[i].pod, Node: n.name}, readyLabels(nodes[i].pod, partReady)),
			l.podSpec(topology.Pod{Name: nodes[i].hostPod, Node: n.name, HostNetwork: true}, readyLabels(nodes[i].hostPod, partHost)))
		names = append(names, nodes[i].pod, nodes[i].hostPod)
	}
	// The world's own pods start beside them; the first Adopt finds them there.
	for _, p := range l.cluster.Pods {
		specs = append(specs, l.podSpec(p, podLabels(l.cluster, p.Name)))
	}
	err = concurrently(ctx,
		func(ctx context.Context) error { return l.createPods(ctx, specs) },
		func(ctx context.Context) error {
			return forEach(ctx, readyServices(nodes), func(ctx context.Context, s *corev1.Service) error { return l.kube.create(ctx, s) })
		})
	if err != nil {
		return nil, err
	}
	pods, err := l.reachPods(ctx, names)
	if err != nil {
		return nil, err
	}
	for i := range nodes {
		if err := l.serveReady(ctx, &nodes[i], pods); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

func readyLabels(pod, part string) map[string]string {
	return map[string]string{podNameLabel: pod, podPartLabel: part}
}

// readyServices are one Service in front of all pods, and one for each.
func readyServices(nodes []readyNode) []*corev1.Service {
	all := []*corev1.Service{
		serviceObject(readyShared, corev1.ServiceTypeNodePort, map[string]string{podPartLabel: partReady}, servicePort, readyPort),
	}
	for _, n := range nodes {
		all = append(all, serviceObject(n.pod, corev1.ServiceTypeClusterIP, map[string]string{podNameLabel: n.pod}, servicePort, readyPort))
	}
	return all
}

// serveReady makes a node's pods serve and learns their addresses.
func (l *Lab) serveReady(ctx context.Context, n *readyNode, pods map[string]corev1.Pod) error {
	pod := pods[n.pod]
	if !l.inBlock(pod) {
		return fmt.Errorf("pod %s has %s, which is not of its node's block %s", n.pod, pod.Status.PodIP, n.Block)
	}
	var err error
	if n.podAddress, err = netip.ParseAddr(pod.Status.PodIP); err != nil {
		return fmt.Errorf("read address of pod %s: %w", n.pod, err)
	}
	service, err := l.kube.service(ctx, namespace, n.pod)
	if err != nil {
		return err
	}
	if n.self, err = netip.ParseAddr(service.Spec.ClusterIP); err != nil {
		return fmt.Errorf("read address of service %s: %w", n.pod, err)
	}
	for name, port := range map[string]uint16{n.pod: readyPort, n.hostPod: readyHostPort} {
		agent, err := l.agents.get(name)
		if err != nil {
			return err
		}
		if err := agent.serve(ctx, l.options.Timing.StatePoll, name, []probe.Listener{{Protocol: probe.TCP, Port: port}}); err != nil {
			return err
		}
	}
	return nil
}

// checkNetwork asks everything that the readiness checks ask, from all pods at
// once, until all of it is answered as it must be.
func (l *Lab) checkNetwork(ctx context.Context, nodes []readyNode) error {
	shared, err := l.kube.service(ctx, namespace, readyShared)
	if err != nil {
		return err
	}
	address, err := netip.ParseAddr(shared.Spec.ClusterIP)
	if err != nil {
		return fmt.Errorf("read address of service %s: %w", readyShared, err)
	}
	checks := readyPlan(l.cluster, nodes, address, uint16(shared.Spec.Ports[0].NodePort))
	var fs []func(context.Context) error
	for _, c := range checks {
		fs = append(fs, func(ctx context.Context) error {
			return l.untilPassed(ctx, func(ctx context.Context) error { return l.checkOnce(ctx, c) })
		})
	}
	inside, err := l.insideChecks(ctx, nodes)
	if err != nil {
		return err
	}
	defer func() { _ = inside.close() }() // handles only
	for _, c := range inside.checks {
		fs = append(fs, func(ctx context.Context) error { return l.untilPassed(ctx, c) })
	}
	return concurrently(ctx, fs...)
}

// untilPassed repeats a check until it passes; a cluster that is seconds old
// needs a moment until the last rule of every Service is in place.
func (l *Lab) untilPassed(ctx context.Context, check func(context.Context) error) error {
	limit := l.options.Timing.Adopt
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the time for the checks, %s, ended", limit))
	defer cancel()
	return poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		if err := check(ctx); err != nil {
			return false, err.Error(), nil
		}
		return true, "", nil
	})
}

func (l *Lab) checkOnce(ctx context.Context, c readyCheck) error {
	agent, err := l.agents.get(c.from)
	if err != nil {
		return err
	}
	answers, err := agent.Ask(ctx, c.questions(probe.Question{Timeout: l.options.Timing.ProbeTimeout}))
	if err != nil {
		return c.failure("%v", err)
	}
	return c.judge(answers)
}

// removeReadyPods removes what the readiness checks started.
func (l *Lab) removeReadyPods(ctx context.Context, nodes []readyNode) error {
	var errs []error
	for _, s := range readyServices(nodes) {
		errs = append(errs, l.kube.remove(ctx, s))
	}
	for _, n := range nodes {
		for _, name := range []string{n.pod, n.hostPod} {
			errs = append(errs, l.agents.forget(name), l.kube.remove(ctx, podObject(podSpec{name: name})))
		}
	}
	return errors.Join(errs...)
}
