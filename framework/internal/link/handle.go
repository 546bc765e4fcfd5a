package link

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// dumpTries bounds how often a listing is repeated that a change interrupted.
// The kernel asks for it whenever something moved while it listed, which needs
// another writer in the same few microseconds each time.
const dumpTries = 16

// static is the routing protocol that marks routes and rules as ours.
const static = unix.RTPROT_STATIC

// with calls f with the namespace's netlink handle.
func with(ns *netns.Namespace, f func(h *netlink.Handle) error) error {
	if err := ns.Attempt("netlink"); err != nil {
		return err
	}
	h, err := ns.Netlink()
	if err != nil {
		return err
	}
	return f(h)
}

// onLink calls f with an interface of the namespace.
func onLink(ns *netns.Namespace, name string, f func(h *netlink.Handle, l netlink.Link) error) error {
	return with(ns, func(h *netlink.Handle) error {
		l, err := find(h, name)
		if err != nil {
			return err
		}
		return f(h, l)
	})
}

// find returns the interface of a name. Its error matches fs.ErrNotExist when
// there is none.
func find(h *netlink.Handle, name string) (netlink.Link, error) {
	var l netlink.Link
	err := retry(func() (err error) {
		l, err = h.LinkByName(name)
		return err
	})
	var missing netlink.LinkNotFoundError
	if errors.As(err, &missing) {
		return nil, fmt.Errorf("link %q: %w", name, fs.ErrNotExist)
	}
	return l, err
}

func list(h *netlink.Handle) ([]netlink.Link, error) {
	var links []netlink.Link
	err := retry(func() (err error) {
		links, err = h.LinkList()
		return err
	})
	return links, err
}

// retry repeats a listing that a change in the kernel, or a signal, interrupted.
func retry(f func() error) error {
	var err error
	for range dumpTries {
		err = f()
		if !errors.Is(err, netlink.ErrDumpInterrupted) && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	return fmt.Errorf("interrupted %d times: %w", dumpTries, err)
}

// gone passes an error on unless it says that what is to be deleted does not
// exist.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ESRCH) ||
		errors.Is(err, unix.EADDRNOTAVAIL) {
		return nil
	}
	return err
}

func wrap(err error, operation, object string, ns *netns.Namespace) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s in %s: %w", operation, object, ns, err)
}

func toIPNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// fromIPNet returns the zero Prefix for nil.
func fromIPNet(n *net.IPNet) netip.Prefix {
	if n == nil {
		return netip.Prefix{}
	}
	bits, _ := n.Mask.Size()
	return netip.PrefixFrom(fromIP(n.IP), bits)
}

// fromIP returns the zero Addr for nil.
func fromIP(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// toIP returns nil for the zero Addr.
func toIP(a netip.Addr) net.IP {
	if !a.IsValid() {
		return nil
	}
	return a.AsSlice()
}
