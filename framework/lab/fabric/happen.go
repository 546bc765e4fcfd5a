package fabric

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// HappeningsTable holds, at a router, what happens to the links of machines. It is beside the cloud's rules, and adopting a world leaves it
// alone.
const HappeningsTable = "vpcgate-happenings"

// How bad what happens to a link is.
const (
	// lostOneIn is of how many packets each way one is lost.
	lostOneIn = 4
	// slowOneIn is of how many packets one is overtaken, at so many bits a second.
	slowOneIn = 3
	slowBits  = 200_000
	// narrowBits is the rate of a narrow link, in bits a second: some 25 small packets.
	narrowBits = 16_000
	// loweredMTU is the size of IP packets that a link still carries, in bytes.
	loweredMTU = 1300

	// Before the cloud's first rule, and after its last.
	priorityArriving = prioritySourceCheck - 50
	priorityLeaving  = 300
)

// Happen makes something happen that concerns the routers alone: to the link of a machine, where the router is its other end, or to what
// a router or node remembers. MachineLost is the loss of the link only.
func (f *Fabric) Happen(_ context.Context, h lab.Happening) (lab.Ongoing, error) {
	switch h.Kind {
	case lab.RouterRestarted:
		r := f.routers[h.On]
		if r == nil {
			return nil, fmt.Errorf("%s: the lab has no such router", h)
		}
		return forget(r.ns)
	case lab.ConntrackFlushed:
		m := f.machines[h.On]
		if m == nil {
			return nil, fmt.Errorf("%s: the lab has no such machine", h)
		}
		return forget(m.ns)
	default:
	}
	m := f.machines[h.On]
	if m == nil || !m.wired {
		return nil, fmt.Errorf("%s: the lab has no such machine", h)
	}
	o := &happening{Happening: h, router: f.routers[m.plan.VPC], port: portName(h.On)}
	if len(o.rules()) == 0 {
		return nil, fmt.Errorf("%s: %w: it does not happen to a link", h, lab.ErrCannotHost)
	}
	if err := o.begin(); err != nil {
		return nil, fmt.Errorf("%s: %w", h, err)
	}
	return o, nil
}

// forget makes a router or node forget every connection. It shows if there were any.
func forget(ns *netns.Namespace) (lab.Ongoing, error) {
	n, err := link.FlushConntrack(ns, link.EveryFlow)
	if err != nil || n == 0 {
		return Passed(""), err
	}
	return Passed(fmt.Sprintf("%d connections forgotten", n)), nil
}

// Passed is what came right by itself, with what was seen of it.
type Passed string

// Active implements lab.Ongoing.
func (p Passed) Active(context.Context) (string, error) { return string(p), nil }

// Heal implements lab.Ongoing.
func (p Passed) Heal(context.Context) (string, error) { return string(p), nil }

// happening is what happens to a machine's link at its router's end.
type happening struct {
	lab.Happening
	router *router
	port   string
	over   string // how it was shown that it is over
}

// rules are what its packets meet, by chain.
func (o *happening) rules() []placed {
	both := func(m nft.Match, end nft.Verdict) []placed {
		in, out := m, m
		in.InIface, out.OutIface = o.port, o.port
		return []placed{
			{arriving, nft.Rule{Name: o.counter("arriving"), Match: in, Verdict: end}},
			{leaving, nft.Rule{Name: o.counter("leaving"), Match: out, Verdict: end}},
		}
	}
	switch o.Kind {
	case lab.MachineLost:
		return both(nft.Match{}, nft.Drop())
	case lab.PacketsLost:
		return both(nft.Match{OneIn: lostOneIn}, nft.Drop())
	case lab.MTULowered:
		return both(nft.Match{LongerThan: loweredMTU}, nft.Drop())
	case lab.OverlayDropped:
		return both(nft.Match{Protocol: nft.UDP, DestinationPorts: nft.Port(overlayPort)}, nft.Drop())
	case lab.PacketsReordered:
		return both(nft.Match{OneIn: slowOneIn}, nft.Class(link.QueueMajor, link.SlowClass))[1:]
	case lab.BandwidthLimited:
		return both(nft.Match{}, nft.Continue())[1:]
	default:
		return nil
	}
}

const (
	arriving = iota
	leaving
)

// placed is a rule with the chain in which it is.
type placed struct {
	chain int
	rule  nft.Rule
}

func (o *happening) counter(way string) string {
	return nft.Name("happening", string(o.Kind), o.On, way)
}

func (o *happening) begin() error {
	r := o.router
	if slices.ContainsFunc(r.happenings, func(other *happening) bool { return other.port == o.port && other.queues() && o.queues() }) {
		return fmt.Errorf("%w: the link has one queue, and something happens to it already", lab.ErrCannotHost)
	}
	var err error
	switch o.Kind {
	case lab.BandwidthLimited:
		err = link.Narrow(r.ns, o.port, narrowBits)
	case lab.PacketsReordered:
		err = link.Sort(r.ns, o.port, slowBits)
	default:
	}
	if err != nil {
		return err
	}
	if err := r.happen(append(slices.Clone(r.happenings), o)); err != nil {
		if o.queues() {
			err = errors.Join(err, link.Widen(r.ns, o.port))
		}
		return err
	}
	return nil
}

// queues reports whether it needs the link's queue.
func (o *happening) queues() bool {
	return o.Kind == lab.BandwidthLimited || o.Kind == lab.PacketsReordered
}

// Active implements lab.Ongoing: by the counters of its rules, and by what its queue held back.
func (o *happening) Active(context.Context) (string, error) {
	if o.over != "" {
		return "", nil
	}
	if o.queues() {
		held, err := link.QueueHeld(o.router.ns, o.port)
		if err != nil || held.Delayed+held.Lost == 0 {
			return "", err
		}
		return fmt.Sprintf("%s: %s", o.port, held), nil
	}
	n, err := o.counted()
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s: %d packets dropped by %s", o.port, n, o.Kind), nil
}

func (o *happening) counted() (uint64, error) {
	counts, err := nft.Counters(o.router.ns, HappeningsTable)
	n := uint64(0)
	for _, p := range o.rules() {
		n += counts[p.rule.Name].Packets
	}
	return n, err
}

// Heal implements lab.Ongoing.
func (o *happening) Heal(context.Context) (string, error) {
	if o.over != "" {
		return o.over, nil
	}
	r := o.router
	if o.queues() {
		if err := link.Widen(r.ns, o.port); err != nil {
			return "", fmt.Errorf("heal %s: %w", o, err)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(r.happenings), func(other *happening) bool { return other == o })
	if err := r.happen(rest); err != nil {
		return "", fmt.Errorf("heal %s: %w", o, err)
	}
	o.over = o.port + ": its rules are gone"
	if o.queues() {
		o.over += ", and so is its queue"
	}
	return o.over, nil
}

// happen makes these the happenings at a router.
func (r *router) happen(now []*happening) error {
	slices.SortFunc(now, func(a, b *happening) int { return cmp.Compare(a.String(), b.String()) })
	var next nft.Ruleset
	if len(now) > 0 {
		chains := []nft.Chain{
			arriving: {Name: "arriving", Base: &nft.Base{Hook: nft.Prerouting, Priority: priorityArriving}},
			leaving:  {Name: "leaving", Base: &nft.Base{Hook: nft.Postrouting, Priority: priorityLeaving}},
		}
		for _, o := range now {
			for _, p := range o.rules() {
				chains[p.chain].Rules = append(chains[p.chain].Rules, p.rule)
			}
		}
		next.Tables = []nft.Table{{Name: HappeningsTable, Chains: chains}}
	}
	if _, err := nft.Apply(r.ns, r.happening, next); err != nil {
		return err
	}
	r.happening, r.happenings = next, now
	return nil
}
