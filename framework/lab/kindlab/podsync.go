package kindlab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// syncPods makes the pods of our namespace the world's, reaches their agents,
// and returns the world with the addresses that they were given.
func (l *Lab) syncPods(ctx context.Context, w topology.World, moved bool) (topology.World, error) {
	if err := l.kube.ensureNamespace(ctx); err != nil {
		return topology.World{}, err
	}
	there, err := l.kube.pods(ctx, namespace)
	if err != nil {
		return topology.World{}, err
	}
	wanted := w.Clusters[0].Pods
	kept := map[string]bool{}
	var surplus []corev1.Pod
	for _, p := range there {
		if p.Labels[podPartLabel] != partWorld {
			continue // of the readiness checks, which remove it themselves
		}
		if want, ok := podNamed(wanted, p.Name); ok && l.keeps(p, want, moved) {
			kept[p.Name] = true
			continue
		}
		surplus = append(surplus, p)
	}
	if err := l.removePods(ctx, surplus); err != nil {
		return topology.World{}, err
	}
	var names []string
	var missing []podSpec
	for _, p := range wanted {
		names = append(names, p.Name)
		if !kept[p.Name] {
			missing = append(missing, l.podSpec(p.Name, p.Node, p.HostNetwork, partWorld))
		}
	}
	if err := l.createPods(ctx, missing); err != nil {
		return topology.World{}, err
	}
	if len(missing) == 0 && l.world.Name != "" {
		return l.expect(w, moved), l.agents.refresh(ctx)
	}
	pods, err := l.reachPods(ctx, names)
	if err != nil {
		return topology.World{}, err
	}
	return l.realised(w, pods)
}

// keeps reports whether an existing pod can stand for the world's.
func (l *Lab) keeps(p corev1.Pod, want topology.Pod, moved bool) bool {
	if !samePod(&p, want, l.kubeName(want.Node), l.options.AgentImage) || hopeless(&p) {
		return false
	}
	return p.Spec.HostNetwork || (!moved && l.inBlock(p))
}

// kubeName is the Kubernetes name of the world's node.
func (l *Lab) kubeName(name string) string {
	for _, n := range l.nodes {
		if n.name == name {
			return n.container
		}
	}
	return ""
}

func podNamed(pods []topology.Pod, name string) (topology.Pod, bool) {
	for _, p := range pods {
		if p.Name == name {
			return p, true
		}
	}
	return topology.Pod{}, false
}

// podSpec describes a new incarnation of a pod.
func (l *Lab) podSpec(name, node string, hostNetwork bool, part string) podSpec {
	var incarnation [2]byte
	// crypto/rand.Read never returns an error and fills the slice.
	_, _ = rand.Read(incarnation[:])
	return podSpec{
		name: name, node: l.kubeName(node), hostNetwork: hostNetwork, part: part, image: l.options.AgentImage,
		socket: name + "." + hex.EncodeToString(incarnation[:]),
	}
}

func (l *Lab) createPods(ctx context.Context, specs []podSpec) error {
	return forEach(ctx, specs, func(ctx context.Context, s podSpec) error { return l.kube.create(ctx, podObject(s)) })
}

// removePods deletes pods and waits until their names are free.
func (l *Lab) removePods(ctx context.Context, pods []corev1.Pod) error {
	names := make([]string, len(pods))
	for i, p := range pods {
		names[i] = p.Name
	}
	if err := l.agents.forget(names...); err != nil {
		return err
	}
	err := forEach(ctx, pods, func(ctx context.Context, p corev1.Pod) error { return l.kube.remove(ctx, &p) })
	if err != nil {
		return err
	}
	return l.kube.awaitGone(ctx, names)
}

// reachPods waits until the named pods are up and connects to their agents.
func (l *Lab) reachPods(ctx context.Context, names []string) (map[string]corev1.Pod, error) {
	pods, err := l.kube.awaitPods(ctx, names)
	if err != nil {
		return nil, err
	}
	err = forEach(ctx, names, func(ctx context.Context, name string) error {
		return l.agents.connect(ctx, name, l.state.socket(socketOf(pods[name])))
	})
	return pods, err
}

// realised returns the world with the pods' given addresses. A pod whose address
// is not of its node's block shows that the network configuration was not ours.
func (l *Lab) realised(w topology.World, pods map[string]corev1.Pod) (topology.World, error) {
	given := w.Clone()
	for i := range given.Clusters[0].Pods {
		p := &given.Clusters[0].Pods[i]
		if p.HostNetwork {
			continue
		}
		pod := pods[p.Name]
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if err != nil {
			return topology.World{}, fmt.Errorf("read address of pod %s: %w", p.Name, err)
		}
		if !l.inBlock(pod) {
			return topology.World{}, fmt.Errorf("pod %s on %s has %s, which is not of the node's block %s",
				p.Name, p.Node, address, l.blocks[p.Node])
		}
		p.Address = address
	}
	return given, nil
}
