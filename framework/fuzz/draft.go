package fuzz

import (
	"net/netip"

	"pgregory.net/rapid"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// draft is a world in the making. What nothing is drawn for is the simplest: rapid
// shrinks towards zeros, and every zero here means less.
type draft struct {
	t     *rapid.T
	world topology.World
}

// add edits the world unless that would make it invalid. Most of what the
// documentation forbids is not drawn in the first place; this is for what depends on
// everything else, such as blocks that must not overlap.
func (d *draft) add(edit func(w *topology.World)) bool {
	next := d.world.Clone()
	edit(&next)
	if next.Validate() != nil {
		return false
	}
	d.world = next
	return true
}

// coin is true every other time.
func (d *draft) coin() bool { return rapid.Bool().Draw(d.t, "coin") }

// rarely is true one time in so many powers of two.
func (d *draft) rarely(powers int) bool {
	for range powers {
		if !d.coin() {
			return false
		}
	}
	return true
}

// upTo is a number from zero.
func (d *draft) upTo(most int) int { return rapid.IntRange(0, most).Draw(d.t, "number") }

// many draws elements until one is declined, at most so many. An element and the
// decision for it are one group of what rapid can leave out.
func (d *draft) many(most int, element func()) {
	for range most {
		if !d.group(func() bool {
			if d.upTo(3) == 0 {
				return false
			}
			element()
			return true
		}) {
			return
		}
	}
}

func (d *draft) group(draw func() bool) bool {
	return rapid.Custom(func(t *rapid.T) bool {
		outer := d.t
		d.t = t
		defer func() { d.t = outer }()
		return draw()
	}).Draw(d.t, "group")
}

// pick draws one of several, of which the first is the simplest.
func pick[T any](d *draft, from []T) T { return from[d.upTo(len(from)-1)] }

// addresses lists every address that means something in the world: whom rules speak
// of, and where routes lead.
func (d *draft) addresses() []netip.Addr {
	var all []netip.Addr
	for _, n := range d.world.NICs() {
		all = append(all, n.Address)
	}
	for _, c := range d.world.Clusters {
		for _, n := range c.Nodes {
			all = append(all, n.Gateway())
		}
		for _, p := range c.Pods {
			if p.Address.IsValid() {
				all = append(all, p.Address)
			}
		}
	}
	for _, t := range d.world.Translators {
		all = append(all, t.Source)
	}
	for _, g := range d.world.NATGateways {
		all = append(all, g.Address)
	}
	return append(all, nobody)
}

// nobody has this address.
var nobody = netip.MustParseAddr("203.0.113.99")

// around draws a block that holds an address of the world: from everything to the
// address alone.
func (d *draft) around() netip.Prefix {
	return d.blockOf(0, 8, 16, 24, 32, 12, 20, 25, 28, 31)
}

// narrowly is around without everything, which some lists do not take.
func (d *draft) narrowly() netip.Prefix { return d.blockOf(16, 24, 32, 8, 25, 31) }

func (d *draft) blockOf(bits ...int) netip.Prefix {
	a := pick(d, d.addresses())
	return netip.PrefixFrom(a, pick(d, bits)).Masked()
}
