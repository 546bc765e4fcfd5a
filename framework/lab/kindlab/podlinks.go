package kindlab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// podLink is the interface of a pod inside it.
const podLink = "eth0"

// mtuOf is the MTU of the cluster's pods: what the mode leaves room for, unless
// the world says otherwise.
func mtuOf(c topology.Cluster) int {
	switch {
	case c.PodMTU > 0:
		return c.PodMTU
	case c.Mode == topology.Tunnel:
		return fabric.OverlayMTU
	default:
		return fabric.UnderlayMTU
	}
}

// podLinkState is a pod's link as it was last made, of the pod's incarnation that
// has the control socket.
type podLinkState struct {
	socket string
	mtu    int
}

// syncPodLinks gives the links of the world's pods their MTU, lets new ones send
// no larger packets than a wire would carry, silences their servers, and makes pods forget what they were
// told of paths where that is what a world is about. The pods' agents are there.
func (l *Lab) syncPodLinks(ctx context.Context, w topology.World) error {
	c := w.Clusters[0]
	return forEach(ctx, c.Pods, func(ctx context.Context, p topology.Pod) error {
		if p.HostNetwork || p.Pending {
			return nil
		}
		agent, err := l.agents.get(p.Name)
		if err != nil {
			return err
		}
		want := podLinkState{socket: agent.socket, mtu: mtuOf(c)}
		l.linking.Lock()
		is := l.podLinks[p.Name]
		l.linking.Unlock()
		if is == want && !losing(w) && !losing(l.world) {
			return nil
		}
		if err := l.changePodLink(ctx, l.nodeOf(l.kubeName(p.Node)), want); err != nil {
			return fmt.Errorf("change link of pod %s: %w", p.Name, err)
		}
		l.linking.Lock()
		defer l.linking.Unlock()
		l.podLinks[p.Name] = want
		return nil
	})
}

func (l *Lab) changePodLink(ctx context.Context, n *node, want podLinkState) error {
	pod, err := namespaceBehind(ctx, want.socket)
	if err != nil {
		return err
	}
	defer func() { _ = pod.Close() }() // a handle only
	other, err := otherEnd(pod, n.ns)
	if err != nil {
		return err
	}
	return errors.Join(
		link.SetMTU(n.ns, other, want.mtu),
		link.SetMTU(pod, podLink, want.mtu),
		link.SetSegments(pod, podLink, 1),
		link.SetSysctls(pod, link.ForgetPaths(), link.SilentServer()),
	)
}

// otherEnd is the name of the other end of a pod's link, in its node.
func otherEnd(pod, node *netns.Namespace) (string, error) {
	inside, err := pod.Netlink()
	if err != nil {
		return "", err
	}
	end, err := inside.LinkByName(podLink)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", podLink, err)
	}
	outside, err := node.Netlink()
	if err != nil {
		return "", err
	}
	other, err := outside.LinkByIndex(end.Attrs().ParentIndex)
	if err != nil {
		return "", fmt.Errorf("find link %d of %s: %w", end.Attrs().ParentIndex, node.Name(), err)
	}
	return other.Attrs().Name, nil
}

// losing reports whether a node of the world loses what tells a pod of a path.
func losing(w topology.World) bool {
	return slices.ContainsFunc(w.Clusters, func(c topology.Cluster) bool {
		return slices.ContainsFunc(c.Nodes, func(n topology.Node) bool { return n.DropsFragNeeded })
	})
}
