package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// VXLANPort is the UDP port of VXLAN that the Internet registry assigned.
const VXLANPort = 4789

// End is one end of a veth pair: an interface in a namespace.
type End struct {
	Namespace *netns.Namespace
	Name      string           // up to 15 bytes, see IfName
	MAC       net.HardwareAddr // nil: the kernel chooses
	MTU       int              // bytes; 0: the kernel's 1500
}

// CreateVeth makes a pair of connected interfaces, each directly in its
// namespace under its final name. Both are down. The error matches
// fs.ErrExist when one of the names is taken.
func CreateVeth(a, b End) error {
	err := with(a.Namespace, func(h *netlink.Handle) error {
		return b.Namespace.WithFD(func(fd int) error {
			attrs := netlink.NewLinkAttrs()
			attrs.Name, attrs.MTU, attrs.HardwareAddr = a.Name, a.MTU, a.MAC
			veth := netlink.NewVeth(attrs)
			veth.PeerName, veth.PeerHardwareAddr = b.Name, b.MAC
			veth.PeerMTU, veth.PeerNamespace = uint32(b.MTU), netlink.NsFd(fd)
			return h.LinkAdd(veth)
		})
	})
	if err != nil {
		return fmt.Errorf("create veth %s (%s) to %s (%s): %w", a.Name, a.Namespace, b.Name, b.Namespace, err)
	}
	return nil
}

// VXLAN describes a VXLAN interface that learns nothing: its peers are set with
// ReplaceNeighbour and ReplaceFDB.
type VXLAN struct {
	Name   string
	ID     int
	Local  netip.Addr // the outer source address
	Device string     // the interface that it sends through
	Port   int        // UDP; 0: VXLANPort
	MTU    int        // bytes; 0: that of Device less 50
	MAC    net.HardwareAddr
}

// CreateVXLAN makes a VXLAN interface, which is down. The error matches
// fs.ErrExist when the name, or the id on this port, is taken.
func CreateVXLAN(ns *netns.Namespace, v VXLAN) error {
	err := with(ns, func(h *netlink.Handle) error {
		device, err := find(h, v.Device)
		if err != nil {
			return err
		}
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU, attrs.HardwareAddr = v.Name, v.MTU, v.MAC
		port := v.Port
		if port == 0 {
			port = VXLANPort
		}
		return h.LinkAdd(&netlink.Vxlan{
			LinkAttrs: attrs, VxlanId: v.ID, SrcAddr: v.Local.AsSlice(), Port: port,
			VtepDevIndex: device.Attrs().Index, Learning: false,
		})
	})
	return wrap(err, "create vxlan", v.Name, ns)
}

// CreateBridge makes a bridge, which is down and has no ports. The MTU is in
// bytes, 0 for the kernel's 1500. The error matches fs.ErrExist when the name
// is taken.
func CreateBridge(ns *netns.Namespace, name string, mtu int) error {
	err := with(ns, func(h *netlink.Handle) error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU = name, mtu
		return h.LinkAdd(&netlink.Bridge{LinkAttrs: attrs})
	})
	return wrap(err, "create bridge", name, ns)
}

// SetMaster makes an interface a port of a bridge.
func SetMaster(ns *netns.Namespace, name, bridge string) error {
	err := with(ns, func(h *netlink.Handle) error {
		port, err := find(h, name)
		if err != nil {
			return err
		}
		master, err := find(h, bridge)
		if err != nil {
			return err
		}
		return h.LinkSetMaster(port, master)
	})
	return wrap(err, "attach to "+bridge, name, ns)
}

// SetUp takes an interface into operation. Taking one down loses its routes,
// SetUp does not bring them back.
//
// A veth carries packets a moment after its second end is up, and loses those
// that come too early: see AwaitCarrier.
func SetUp(ns *netns.Namespace, name string) error {
	return wrap(onLink(ns, name, (*netlink.Handle).LinkSetUp), "set up", name, ns)
}

// SetDown takes an interface out of operation.
func SetDown(ns *netns.Namespace, name string) error {
	return wrap(onLink(ns, name, (*netlink.Handle).LinkSetDown), "set down", name, ns)
}

// carrierInterval is how often AwaitCarrier looks. Asking makes a new kernel
// finish its work at once; an old one takes milliseconds.
const carrierInterval = time.Millisecond

// AwaitCarrier waits until interfaces that are up can send. Call it once for
// all ends of new veths, after the last is up: what is sent before is lost
// without a trace, and a TCP client then waits a second to try again.
//
// The error names the interface that cannot send and holds the context's cause.
// An interface that is down, or whose other end is, waits for ever.
func AwaitCarrier(ctx context.Context, ns *netns.Namespace, names ...string) error {
	for _, name := range names {
		err := poll.Until(ctx, carrierInterval, func(context.Context) (bool, string, error) {
			var state netlink.LinkOperState
			err := onLink(ns, name, func(_ *netlink.Handle, l netlink.Link) error {
				state = l.Attrs().OperState
				return nil
			})
			// Interfaces without a carrier of their own, such as VXLAN, stay
			// "unknown" and can always send.
			return state == netlink.OperUp || state == netlink.OperUnknown, "operational state is " + state.String(), err
		})
		if err != nil {
			return wrap(err, "await carrier of", name, ns)
		}
	}
	return nil
}

// SetMTU sets the largest packet that an interface sends, in bytes.
func SetMTU(ns *netns.Namespace, name string, mtu int) error {
	err := onLink(ns, name, func(h *netlink.Handle, l netlink.Link) error { return h.LinkSetMTU(l, mtu) })
	return wrap(err, fmt.Sprintf("set mtu %d of", mtu), name, ns)
}

// SetSegments sets how many segments of a TCP connection an interface sends in
// one buffer. With one, whoever counts packets or measures them sees those that a
// real wire would carry, and not what the kernel handles as one.
func SetSegments(ns *netns.Namespace, name string, segments int) error {
	err := onLink(ns, name, func(h *netlink.Handle, l netlink.Link) error { return h.LinkSetGSOMaxSegs(l, segments) })
	return wrap(err, fmt.Sprintf("set gso segments %d of", segments), name, ns)
}

// SetMAC gives an interface a MAC address. A bridge that has got one, and has no
// port that is up, has no carrier either.
func SetMAC(ns *netns.Namespace, name string, mac net.HardwareAddr) error {
	err := onLink(ns, name, func(h *netlink.Handle, l netlink.Link) error { return h.LinkSetHardwareAddr(l, mac) })
	return wrap(err, "set mac of", name, ns)
}

// SetAddresses makes these the IPv4 addresses of an interface, each with the
// length of its subnet's prefix: missing ones are added, others removed, equal
// ones left alone.
func SetAddresses(ns *netns.Namespace, name string, addresses ...netip.Prefix) error {
	err := onLink(ns, name, func(h *netlink.Handle, l netlink.Link) error {
		var present []netlink.Addr
		err := retry(func() (err error) {
			present, err = h.AddrList(l, netlink.FAMILY_V4)
			return err
		})
		if err != nil {
			return err
		}
		var have []netip.Prefix
		var errs []error
		for _, a := range present {
			p := fromIPNet(a.IPNet)
			if !slices.Contains(addresses, p) {
				errs = append(errs, gone(h.AddrDel(l, &a)))
				continue
			}
			have = append(have, p)
		}
		for _, p := range addresses {
			if !slices.Contains(have, p) {
				errs = append(errs, h.AddrReplace(l, &netlink.Addr{IPNet: toIPNet(p)}))
			}
		}
		return errors.Join(errs...)
	})
	return wrap(err, fmt.Sprintf("set addresses %v of", addresses), name, ns)
}

// Delete removes an interface, and the other end of a veth pair with it. One
// that does not exist is not an error.
func Delete(ns *netns.Namespace, name string) error {
	err := gone(onLink(ns, name, (*netlink.Handle).LinkDel))
	return wrap(err, "delete link", name, ns)
}

// Info is what the kernel says of an interface.
type Info struct {
	Name  string
	Kind  string // veth, vxlan, bridge, device, …
	Index int
	MTU   int // bytes
	MAC   net.HardwareAddr
	State State
}

// State says whether an interface is in operation.
type State bool

// The states.
const (
	Down State = false
	Up   State = true
)

// String returns "up" or "down".
func (s State) String() string {
	if s == Up {
		return "up"
	}
	return "down"
}

// Find returns an interface. The error matches fs.ErrNotExist when there is
// none of the name.
func Find(ns *netns.Namespace, name string) (Info, error) {
	var info Info
	err := onLink(ns, name, func(_ *netlink.Handle, l netlink.Link) error {
		info = describe(l)
		return nil
	})
	return info, wrap(err, "find link", name, ns)
}

// List returns all interfaces of a namespace in the order of their numbers.
func List(ns *netns.Namespace) ([]Info, error) {
	var infos []Info
	err := with(ns, func(h *netlink.Handle) error {
		links, err := list(h)
		for _, l := range links {
			infos = append(infos, describe(l))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list links of %s: %w", ns, err)
	}
	slices.SortFunc(infos, func(a, b Info) int { return a.Index - b.Index })
	return infos, nil
}

func describe(l netlink.Link) Info {
	a := l.Attrs()
	return Info{
		Name: a.Name, Kind: l.Type(), Index: a.Index, MTU: a.MTU, MAC: a.HardwareAddr,
		State: State(a.RawFlags&unix.IFF_UP != 0),
	}
}
