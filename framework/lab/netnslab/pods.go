package netnslab

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// wirePods gives every pod its point-to-point link to its node, as the CNI
// plugin ptp does: a /32 on the pod, the block's gateway on the node's end, and
// no subnet between them.
func (l *Lab) wirePods(ctx context.Context, w topology.World) error {
	for _, e := range w.Endpoints() {
		if e.Kind != topology.KindPod {
			continue
		}
		if err := l.wirePod(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// unwirePods takes away the links of pods that are on another node, or have another address, in the next world: such a pod is
// recreated there, and whatever was known of it by the old address is nobody's.
func (l *Lab) unwirePods(next topology.World) error {
	var errs []error
	for _, was := range l.world.Endpoints() {
		is, there := next.Endpoint(was.Name)
		if was.Kind != topology.KindPod || there && is.Machine == was.Machine && is.Address == was.Address {
			continue
		}
		errs = append(errs, link.Delete(l.spaces[was.Machine], link.IfName("pod", was.Name)))
		_, err := link.FlushConntrack(l.spaces[was.Name], link.EveryFlow)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (l *Lab) wirePod(ctx context.Context, e topology.Endpoint) error {
	pod, node := l.spaces[e.Name], l.spaces[e.Machine]
	nodeEnd := link.IfName("pod", e.Name)
	_, err := link.Find(node, nodeEnd)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // it is there, or nobody knows
	}
	mtu := mtuOf(e.Cluster)
	err = link.CreateVeth(
		link.End{Namespace: node, Name: nodeEnd, MTU: mtu},
		link.End{Namespace: pod, Name: nicName, MTU: mtu},
	)
	if err != nil {
		return err
	}
	gateway := e.Node.GatewayOf(e.Address)
	err = errors.Join(
		link.SetAddresses(node, nodeEnd, only(gateway)),
		link.SetUp(node, nodeEnd),
		link.SetSysctls(pod, link.GuestSettings()),
		link.SetAddresses(pod, nicName, only(e.Address)),
		link.SetUp(pod, nicName),
		link.ReplaceRoute(pod, link.Route{Destination: only(gateway), Device: nicName}),
		link.ReplaceRoute(pod, link.Route{Destination: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Gateway: gateway, Device: nicName}),
		link.ReplaceRoute(node, link.Route{Destination: only(e.Address), Device: nodeEnd}),
	)
	if err != nil {
		return err // a link that is not up has no carrier to wait for
	}
	return link.AwaitCarrier(ctx, pod, nicName)
}

// mtuOf is the MTU of the cluster's pods.
func mtuOf(c *topology.Cluster) int {
	switch {
	case c.PodMTU > 0:
		return c.PodMTU
	case c.Mode == topology.Tunnel:
		return fabric.OverlayMTU
	default:
		return fabric.UnderlayMTU
	}
}

// adoptMTU changes the MTU of the pods' links where the world's is another, and
// makes every pod forget what it was told of paths in the world before.
func (l *Lab) adoptMTU(w topology.World) error {
	var errs []error
	for _, e := range w.Endpoints() {
		if e.Kind != topology.KindPod {
			continue
		}
		pod, node := l.spaces[e.Name], l.spaces[e.Machine]
		was, err := link.Find(pod, nicName)
		if err != nil {
			return err
		}
		if mtu := mtuOf(e.Cluster); was.MTU != mtu {
			errs = append(errs, link.SetMTU(node, link.IfName("pod", e.Name), mtu), link.SetMTU(pod, nicName, mtu))
		}
		if losing(l.world) || losing(w) {
			errs = append(errs, link.SetSysctls(pod, link.ForgetPaths()))
		}
	}
	return errors.Join(errs...)
}

// losing reports whether a node of the world loses what tells a pod of a path.
func losing(w topology.World) bool {
	for _, c := range w.Clusters {
		if slices.ContainsFunc(c.Nodes, func(n topology.Node) bool { return n.DropsFragNeeded }) {
			return true
		}
	}
	return false
}

func only(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
