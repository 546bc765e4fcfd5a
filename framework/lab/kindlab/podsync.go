package kindlab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// syncPods makes the pods of our namespace the world's, reaches their agents,
// and returns the world with the addresses that they were given.
func (l *Lab) syncPods(ctx context.Context, w topology.World) (topology.World, error) {
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
		if want, ok := podNamed(wanted, p.Name); ok && l.keeps(p, want) {
			kept[p.Name] = true
			if err := l.relabel(ctx, p, podLabels(w.Clusters[0], p.Name)); err != nil {
				return topology.World{}, err
			}
			continue
		}
		surplus = append(surplus, p)
	}
	if err := l.removePods(ctx, w.Clusters[0], surplus); err != nil {
		return topology.World{}, err
	}
	var missing []topology.Pod
	for _, p := range wanted {
		if !kept[p.Name] {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 && l.world.Name != "" && !l.readdress {
		return l.expect(w), l.agents.refresh(ctx, slices.Collect(maps.Keys(kept))...)
	}
	return l.startPods(ctx, w, missing)
}

// keeps reports whether an existing pod can stand for the world's.
func (l *Lab) keeps(p corev1.Pod, want topology.Pod) bool {
	if !samePod(&p, want, l.kubeName(want.Node), l.options.AgentImage) || hopeless(&p) {
		return false
	}
	switch {
	case p.Spec.HostNetwork:
		return true
	case want.Pending:
		return p.Status.PodIP == ""
	default:
		address, err := netip.ParseAddr(p.Status.PodIP)
		return err == nil && l.blockFor(want).Contains(address)
	}
}

// blockFor is the block of its node that a pod's planned address is of: the
// first one for an address of none.
func (l *Lab) blockFor(p topology.Pod) netip.Prefix {
	blocks := l.blocks[p.Node]
	if i := slices.IndexFunc(blocks, func(b netip.Prefix) bool { return b.Contains(p.Address) }); i >= 0 {
		return blocks[i]
	}
	if len(blocks) == 0 {
		return netip.Prefix{}
	}
	return blocks[0]
}

// relabel changes the Services that a pod stands behind.
func (l *Lab) relabel(ctx context.Context, p corev1.Pod, labels map[string]string) error {
	if maps.Equal(p.Labels, labels) {
		return nil
	}
	p.Labels = labels
	if err := l.kube.api.Update(ctx, &p); err != nil {
		return fmt.Errorf("change labels of pod %s: %w", p.Name, err)
	}
	return nil
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
func (l *Lab) podSpec(p topology.Pod, labels map[string]string) podSpec {
	var incarnation [2]byte
	// crypto/rand.Read never returns an error and fills the slice.
	_, _ = rand.Read(incarnation[:])
	return podSpec{
		name: p.Name, node: l.kubeName(p.Node), hostNetwork: p.HostNetwork, labels: labels, image: l.options.AgentImage,
		socket: p.Name + "." + hex.EncodeToString(incarnation[:]),
	}
}

func (l *Lab) createPods(ctx context.Context, specs []podSpec) error {
	return forEach(ctx, specs, func(ctx context.Context, s podSpec) error { return l.kube.create(ctx, podObject(s)) })
}

// removePods removes pods and waits until their names and addresses are free.
// One that the world has on another node is evicted, as draining its node does.
func (l *Lab) removePods(ctx context.Context, c topology.Cluster, pods []corev1.Pod) error {
	names := make([]string, len(pods))
	for i, p := range pods {
		names[i] = p.Name
	}
	if err := l.agents.forget(names...); err != nil {
		return err
	}
	err := forEach(ctx, pods, func(ctx context.Context, p corev1.Pod) error {
		if want, ok := podNamed(c.Pods, p.Name); ok && l.kubeName(want.Node) != p.Spec.NodeName {
			return l.kube.evict(ctx, &p)
		}
		return l.kube.remove(ctx, &p)
	})
	if err != nil {
		return err
	}
	if err := l.kube.awaitGone(ctx, names); err != nil {
		return err
	}
	return l.awaitReleased(ctx, pods)
}

// startPods starts pods block after block: those of a node's further blocks once
// the node gives out addresses of them. Pods that shall get no address come last,
// when the others have taken what there is.
func (l *Lab) startPods(ctx context.Context, w topology.World, missing []topology.Pod) (topology.World, error) {
	var pending []topology.Pod
	rounds := map[int][]topology.Pod{}
	for _, p := range missing {
		if p.Pending {
			pending = append(pending, p)
			continue
		}
		round := max(0, slices.Index(l.blocks[p.Node], l.blockFor(p)))
		rounds[round] = append(rounds[round], p)
	}
	for _, round := range slices.Sorted(maps.Keys(rounds)) {
		if err := l.startRound(ctx, w.Clusters[0], round, rounds[round]); err != nil {
			return topology.World{}, err
		}
	}
	if err := l.giveOut(0); err != nil {
		return topology.World{}, err
	}
	if err := l.startPending(ctx, w.Clusters[0], pending); err != nil {
		return topology.World{}, err
	}
	var names []string
	for _, p := range w.Clusters[0].Pods {
		if !p.Pending {
			names = append(names, p.Name)
		}
	}
	pods, err := l.reachPods(ctx, names)
	if err != nil {
		return topology.World{}, err
	}
	return l.realised(w, pods)
}

func (l *Lab) startRound(ctx context.Context, c topology.Cluster, round int, pods []topology.Pod) error {
	if err := l.giveOut(round); err != nil {
		return err
	}
	var specs []podSpec
	var names []string
	for _, p := range pods {
		specs, names = append(specs, l.podSpec(p, podLabels(c, p.Name))), append(names, p.Name)
	}
	if err := l.createPods(ctx, specs); err != nil {
		return err
	}
	_, err := l.kube.awaitPods(ctx, names)
	return err
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
// is not of the block that the world plans shows that the network configuration
// was not ours.
func (l *Lab) realised(w topology.World, pods map[string]corev1.Pod) (topology.World, error) {
	given := map[string]netip.Addr{}
	for _, p := range w.Clusters[0].Pods {
		if p.HostNetwork || p.Pending {
			continue
		}
		pod := pods[p.Name]
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if err != nil {
			return topology.World{}, fmt.Errorf("read address of pod %s: %w", p.Name, err)
		}
		if block := l.blockFor(p); !block.Contains(address) {
			return topology.World{}, fmt.Errorf("pod %s on %s has %s, which is not of its block %s", p.Name, p.Node, address, block)
		}
		given[p.Name] = address
	}
	return giveAddresses(w, given), nil
}
