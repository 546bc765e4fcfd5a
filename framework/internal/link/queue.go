package link

import (
	"fmt"

	"github.com/vishvananda/netlink"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// The classes of a Sorted queue, as nft.Class has them: packets of the slow one are overtaken by those of the fast one.
const (
	QueueMajor = 1
	FastClass  = 1
	SlowClass  = 2
)

const (
	rootHandle = QueueMajor << 16
	// burst is how many bytes pass a narrow queue at once: one full packet.
	burst = 1600
	// waiting bounds the bytes that wait in a narrow queue; what does not fit is lost.
	waiting = 4000
	// wide is the rate of a fast class, in bits a second, and least the tokens of a slow one, in bytes: every packet waits.
	wide  = 10_000_000_000
	least = 64
)

// Narrow gives an interface a queue that lets so many bits a second pass, in place of the one that it has.
func Narrow(ns *netns.Namespace, device string, bits uint64) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		return h.QdiscReplace(&netlink.Tbf{
			QdiscAttrs: netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: rootHandle, Parent: netlink.HANDLE_ROOT},
			Rate:       bits / 8, Limit: waiting, Buffer: netlink.Xmittime(bits/8, burst),
		})
	})
	return wrap(err, "narrow", device, ns)
}

// Sort gives an interface a queue with a fast class, in which a packet is that nobody has put elsewhere, and a slow one of so many bits a
// second.
func Sort(ns *netns.Namespace, device string, bits uint64) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		queue := netlink.NewHtb(netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: rootHandle, Parent: netlink.HANDLE_ROOT})
		queue.Defcls = FastClass
		if err := h.QdiscReplace(queue); err != nil {
			return err
		}
		class := func(minor uint32, bits uint64, tokens uint32) error {
			return h.ClassReplace(netlink.NewHtbClass(
				netlink.ClassAttrs{LinkIndex: l.Attrs().Index, Parent: rootHandle, Handle: rootHandle | minor},
				netlink.HtbClassAttrs{Rate: bits, Ceil: bits, Buffer: tokens, Cbuffer: tokens},
			))
		}
		if err := class(FastClass, wide, 0); err != nil {
			return err
		}
		return class(SlowClass, bits, least)
	})
	return wrap(err, "sort", device, ns)
}

// Widen takes the queue of an interface away that Narrow or Sort gave it. Without one it does nothing.
func Widen(ns *netns.Namespace, device string) error {
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		q, err := queueOf(h, l)
		if err != nil || q == nil {
			return err
		}
		return h.QdiscDel(q)
	})
	return wrap(err, "widen", device, ns)
}

// Held is how many packets the queue of Narrow or Sort has held back, and lost.
type Held struct{ Delayed, Lost uint32 }

// String is the count as proofs show it.
func (h Held) String() string { return fmt.Sprintf("%d packets held back, %d lost", h.Delayed, h.Lost) }

// QueueHeld reads what the queue of an interface has done; without one that is nothing.
func QueueHeld(ns *netns.Namespace, device string) (Held, error) {
	var held Held
	err := onLink(ns, device, func(h *netlink.Handle, l netlink.Link) error {
		q, err := queueOf(h, l)
		if err != nil || q == nil || q.Attrs().Statistics == nil || q.Attrs().Statistics.Queue == nil {
			return err
		}
		held = Held{Delayed: q.Attrs().Statistics.Queue.Overlimits, Lost: q.Attrs().Statistics.Queue.Drops}
		return nil
	})
	return held, wrap(err, "read the queue of", device, ns)
}

// queueOf finds the queue that Narrow or Sort gave an interface; nil when there is none.
func queueOf(h *netlink.Handle, l netlink.Link) (netlink.Qdisc, error) {
	var all []netlink.Qdisc
	err := retry(func() (err error) {
		all, err = h.QdiscList(l)
		return err
	})
	for _, q := range all {
		if q.Attrs().Parent == netlink.HANDLE_ROOT && q.Attrs().Handle == rootHandle {
			return q, err
		}
	}
	return nil, err
}
