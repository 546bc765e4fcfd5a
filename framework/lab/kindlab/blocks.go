package kindlab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// moveBlocks takes the nodes' blocks from the world, has the first of each given
// out, and reports whether a pod may now have an address of none.
func (l *Lab) moveBlocks(c topology.Cluster) (bool, error) {
	moved := false
	for _, n := range l.nodes {
		blocks := c.Node(n.name).Blocks()
		for _, was := range l.blocks[n.name] {
			moved = moved || !slices.Contains(blocks, was)
		}
		moved = moved || len(l.blocks[n.name]) == 0
		l.blocks[n.name] = blocks
	}
	return moved, l.giveOut(0)
}

// giveOut has every node give out addresses of its block of that index; a node
// with fewer blocks stays at its last.
func (l *Lab) giveOut(index int) error {
	for _, n := range l.nodes {
		blocks := l.blocks[n.name]
		block := blocks[min(index, len(blocks)-1)]
		if l.givenOut[n.name] == block {
			continue
		}
		if err := l.writeConflist(n, block); err != nil {
			return err
		}
		l.givenOut[n.name] = block
	}
	return nil
}

// inBlock reports whether a pod's address is of one of its node's present blocks.
func (l *Lab) inBlock(p corev1.Pod) bool {
	n := l.nodeOf(p.Spec.NodeName)
	address, err := netip.ParseAddr(p.Status.PodIP)
	return n != nil && err == nil && slices.ContainsFunc(l.blocks[n.name], func(b netip.Prefix) bool { return b.Contains(address) })
}

// roomyBits is the longest prefix of a block that has addresses for the pods that
// come beside all that have just gone.
const roomyBits = 26

// awaitReleased waits until the nodes have taken back the addresses of pods that
// are gone, where a node's block is so small that it may have no other for those
// that come. Elsewhere nobody needs them, and waiting can be long: a pod that
// waited for an address may take one in the moment of its own end, and the kubelet
// then finds out with its next collection.
func (l *Lab) awaitReleased(ctx context.Context, pods []corev1.Pod) error {
	return poll.Until(ctx, l.options.Timing.StatePoll/5, func(context.Context) (bool, string, error) {
		for _, p := range pods {
			n := l.nodeOf(p.Spec.NodeName)
			if n == nil || p.Spec.HostNetwork || p.Status.PodIP == "" || l.blocks[n.name][0].Bits() <= roomyBits {
				continue
			}
			held, err := filepath.Glob(n.root(filepath.Join(ipamState, networkName, p.Status.PodIP)))
			if err != nil {
				return false, "", err
			}
			if len(held) > 0 {
				return false, fmt.Sprintf("%s still holds %s of pod %s", n.name, p.Status.PodIP, p.Name), nil
			}
		}
		return true, "", nil
	})
}

// startPending starts pods that their nodes have no address for, and waits until
// the kubelet has said so of each.
func (l *Lab) startPending(ctx context.Context, c topology.Cluster, pods []topology.Pod) error {
	return forEach(ctx, pods, func(ctx context.Context, p topology.Pod) error {
		n := l.nodeOf(l.kubeName(p.Node))
		if err := l.checkUsedUp(n); err != nil {
			return fmt.Errorf("pod %s shall find no address: %w", p.Name, err)
		}
		if err := l.createPods(ctx, []podSpec{l.podSpec(p, podLabels(c, p.Name))}); err != nil {
			return err
		}
		if err := l.awaitNoAddress(ctx, p.Name); err != nil {
			return fmt.Errorf("await that pod %s finds no address: %w", p.Name, err)
		}
		return nil
	})
}

// checkUsedUp reports a node whose block still has an address to give: a pod that
// finds none there would find one later.
func (l *Lab) checkUsedUp(n *node) error {
	block := l.givenOut[n.name]
	entries, err := os.ReadDir(n.root(filepath.Join(ipamState, networkName)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	held := 0
	for _, e := range entries {
		if a, err := netip.ParseAddr(e.Name()); err == nil && block.Contains(a) {
			held++
		}
	}
	if usable := usableOf(block); held < usable {
		return fmt.Errorf("%s has given out %d of the %d addresses of %s", n.name, held, usable, block)
	}
	return nil
}

// usableOf is how many pods a block has addresses for: all but its first, its
// last and the gateway's.
func usableOf(block netip.Prefix) int { return 1<<(block.Addr().BitLen()-block.Bits()) - 3 }

// awaitNoAddress waits for the kubelet's word that the pod's network could not be
// made since no address is left.
func (l *Lab) awaitNoAddress(ctx context.Context, pod string) error {
	return poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		var p corev1.Pod
		if err := l.kube.api.Get(ctx, cr.ObjectKey{Namespace: namespace, Name: pod}, &p); err != nil {
			return false, err.Error(), nil
		}
		if p.Status.PodIP != "" {
			return false, "", fmt.Errorf("it got %s", p.Status.PodIP)
		}
		var events corev1.EventList
		err := l.kube.api.List(ctx, &events, cr.InNamespace(namespace), cr.MatchingFields{"involvedObject.uid": string(p.UID)})
		if err != nil {
			return false, err.Error(), nil
		}
		for _, e := range events.Items {
			if e.Reason == "FailedCreatePodSandBox" && strings.Contains(e.Message, "no IP addresses available") {
				return true, "", nil
			}
		}
		return false, fmt.Sprintf("%d events, none of which says so", len(events.Items)), nil
	})
}
