package link

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// ReplaceNeighbour makes the permanent entry that an address is at a MAC address
// on an interface. It spares the question by ARP, and is the only way to know on
// an interface that learns nothing.
func ReplaceNeighbour(ns *netns.Namespace, device string, address netip.Addr, mac net.HardwareAddr) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		return h.NeighSet(&netlink.Neigh{
			LinkIndex: l.Attrs().Index, Family: unix.AF_INET, State: unix.NUD_PERMANENT,
			IP: address.AsSlice(), HardwareAddr: mac,
		})
	})
	return wrap(err, fmt.Sprintf("replace neighbour %s at %s on", address, mac), device, ns)
}

// DeleteNeighbour removes what an interface knows of an address, permanent or
// learned. Knowing nothing is not an error.
func DeleteNeighbour(ns *netns.Namespace, device string, address netip.Addr) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		return h.NeighDel(&netlink.Neigh{
			LinkIndex: l.Attrs().Index, Family: unix.AF_INET, IP: address.AsSlice(),
		})
	})
	return wrap(gone(err), fmt.Sprintf("delete neighbour %s on", address), device, ns)
}

// ReplaceFDB makes the permanent entry that frames for a MAC address leave a
// VXLAN interface for the tunnel end at remote.
func ReplaceFDB(ns *netns.Namespace, device string, mac net.HardwareAddr, remote netip.Addr) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		return h.NeighSet(fdbEntry(l, mac, remote))
	})
	return wrap(err, fmt.Sprintf("replace fdb entry %s to %s on", mac, remote), device, ns)
}

// DeleteFDB removes the entry of a MAC address from a VXLAN interface. One that
// does not exist is not an error.
func DeleteFDB(ns *netns.Namespace, device string, mac net.HardwareAddr, remote netip.Addr) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		return h.NeighDel(fdbEntry(l, mac, remote))
	})
	return wrap(gone(err), fmt.Sprintf("delete fdb entry %s to %s on", mac, remote), device, ns)
}

func fdbEntry(l netlink.Link, mac net.HardwareAddr, remote netip.Addr) *netlink.Neigh {
	return &netlink.Neigh{
		LinkIndex: l.Attrs().Index, Family: unix.AF_BRIDGE, State: unix.NUD_PERMANENT,
		Flags: netlink.NTF_SELF, IP: remote.AsSlice(), HardwareAddr: mac,
	}
}
