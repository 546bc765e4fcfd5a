package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gopacket/gopacket/layers"

	"github.com/vpcgate/vpcgate/framework/internal/capture"
	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// The names of what Collect writes; the state of a hop is in a folder of HopsFolder.
const (
	HopsFolder  = "hops"
	CaptureFile = "capture.pcapng"
	RepeatFile  = "repeat.txt"
)

// dnsPort is where a question that is no flow of the fabric's own goes.
const dnsPort = 53

// Collecting is what Collect has to be told of a failing flow.
type Collecting struct {
	World   topology.World
	Failing lab.Failing
	// Ask asks the flow once more.
	Ask func(ctx context.Context) (verdict.Observation, error)
	// Place finds the namespace of a pod or container, which the fabric does not
	// know; nil where there is none.
	Place func(name string) *netns.Namespace
}

// spot is a hop that is looked at.
type spot struct {
	name string
	ns   *netns.Namespace
}

// Collect implements lab.Collector for the labs that the fabric is of: rules with
// counters, routes, neighbours and tracked connections of every hop on the flow's way
// as they are now, then one capture of the flow asked once more.
func (f *Fabric) Collect(ctx context.Context, c Collecting, into lab.Files) error {
	q, err := resolve(&c.World, c.World.Target(c.Failing.Flow), f.chosen)
	switch {
	case c.Failing.Flow.Protocol == topology.DNSQuery:
		err = nil // whom a name is asked of is no endpoint of the world
	case err != nil:
		err = fmt.Errorf("find the way of %s: %w", c.Failing.Flow, err) // its client is looked at all the same
	}
	spots := f.spots(c, q)
	errs := []error{err, each(spots, func(s spot) error { return s.show(q, into) })}
	if ctx.Err() != nil {
		return errors.Join(append(errs, fmt.Errorf("collect %s: %w", c.Failing.Flow, context.Cause(ctx)))...)
	}
	return errors.Join(append(errs, repeat(ctx, c, q, spots, into))...)
}

// spots lists the hops on the flow's way, the client first and the server last, each
// namespace once.
func (f *Fabric) spots(c Collecting, q asked) []spot {
	from, _ := c.World.Endpoint(c.Failing.Flow.From)
	names := []string{from.Name, from.Machine}
	if from.Machine != q.server.Machine {
		names = append(names, routerOf(c.World, from))
	}
	names = append(append(names, c.Failing.Hops...), q.to.Name, q.arrivesAt)
	if q.service != nil {
		for _, l := range q.legs {
			names = append(names, l.arrivesAt)
		}
	}
	for _, b := range q.brokers {
		names = append(names, b.server.Machine, b.server.Name)
	}
	if from.Machine != q.server.Machine {
		names = append(names, routerOf(c.World, q.server))
	}
	names = append(names, q.server.Machine, q.server.Name)
	var all []spot
	known := map[uint64]bool{}
	for _, name := range names {
		ns := f.placeOf(name, c.Place)
		if name == "" || ns == nil {
			continue
		}
		id, err := ns.ID()
		if err == nil && known[id] {
			continue
		}
		known[id] = true
		all = append(all, spot{name: name, ns: ns})
	}
	return all
}

// routerOf is the router of an endpoint's VPC, which sees an overlay as well, from
// outside.
func routerOf(w topology.World, e topology.Endpoint) string {
	v, _, ok := w.SubnetOf(e.Attached.Subnet)
	if !ok {
		return ""
	}
	return v.Name
}

func (f *Fabric) placeOf(name string, elsewhere func(string) *netns.Namespace) *netns.Namespace {
	switch {
	case f.routers[name] != nil:
		return f.routers[name].ns
	case f.machines[name] != nil:
		return f.machines[name].ns
	case f.containers[name] != nil:
		return f.containers[name].ns
	case elsewhere != nil:
		return elsewhere(name)
	default:
		return nil
	}
}

// show writes the state of a hop.
func (s spot) show(q asked, into lab.Files) error {
	put := func(name, text string) error { return into.Put(HopsFolder+"/"+s.name+"/"+name, []byte(text)) }
	rules, err := nft.Listing(s.ns)
	errs := []error{err, put("rules.nft", rules)}
	state, err := link.Show(s.ns)
	errs = append(errs, err,
		put("routes.txt", state.Routes), put("neighbours.txt", state.Neighbours), put("conntrack.txt", q.ownFirst(state.Conntrack)))
	return named("hop", s.name, errors.Join(errs...))
}

// ownFirst puts the flow's own connections before those of others.
func (q asked) ownFirst(conntrack string) string {
	var own, others strings.Builder
	for line := range strings.Lines(conntrack) {
		to := &others
		for _, l := range q.allLegs() {
			if slices.ContainsFunc(l.clients, func(c netip.Addr) bool {
				return strings.Contains(line, fmt.Sprintf("src=%s dst=%s ", c, l.server))
			}) {
				to = &own
			}
		}
		to.WriteString(line)
	}
	return fmt.Sprintf("# of the flow's ends\n%s\n# of others\n%s", own.String(), others.String())
}

// repeat asks the flow once more and writes what passed the hops.
func repeat(ctx context.Context, c Collecting, q asked, spots []spot, into lab.Files) error {
	taps, err := tapAll(spots, filterOf(c.Failing.Flow, q))
	errs := []error{err}
	o, err := c.Ask(ctx)
	if err != nil {
		errs = append(errs, fmt.Errorf("repeat %s: %w", c.Failing.Flow, err))
	}
	heard := make([]capture.Heard, len(taps))
	for i, t := range taps {
		heard[i], err = t.Stop()
		heard[i].Note = noteAt(heard[i].Hop, o.Evidence)
		errs = append(errs, err)
	}
	comment := fmt.Sprintf("%s\nasked once more: %s", c.Failing.Title, o.Verdict)
	if len(heard) > 0 {
		bytes, err := capture.Write(comment, heard)
		errs = append(errs, err)
		if err == nil {
			errs = append(errs, into.Put(CaptureFile, bytes))
		}
	}
	return errors.Join(append(errs, into.Put(RepeatFile, []byte(repeatText(o, heard))))...)
}

// tapAll opens a tap at every hop; one that cannot be opened leaves the others.
func tapAll(spots []spot, filter capture.Filter) ([]*capture.Tap, error) {
	var all []*capture.Tap
	var errs []error
	for _, s := range spots {
		t, err := capture.Open(s.ns, s.name, filter)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, t)
	}
	return all, errors.Join(errs...)
}

// filterOf recognises the flow on every leg of its way. What is said to a managed
// service is not kept: there are passwords in it.
func filterOf(flow topology.Flow, q asked) capture.Filter {
	f := capture.Filter{Payload: capture.Beginning}
	if flow.Use != "" {
		f.Payload = capture.Headers
	}
	if flow.Protocol == topology.DNSQuery {
		f.Legs = append(f.Legs, capture.Leg{Protocol: layers.IPProtocolUDP, Port: dnsPort})
		return f
	}
	for _, l := range q.allLegs() {
		f.Legs = append(f.Legs, capture.Leg{
			Clients: l.clients, Server: l.server, Protocol: layers.IPProtocol(protocolOf(l.protocol)), Port: l.port,
		})
	}
	return f
}

// noteAt says which rules of a hop counted the flow.
func noteAt(hop string, e verdict.Evidence) string {
	var notes []string
	for _, r := range e.Rules {
		if r.Hop == hop {
			notes = append(notes, fmt.Sprintf("%s dropped here by %s ×%d", r.Way, r.Rule, r.Packets))
		}
	}
	return strings.Join(notes, "; ")
}

// repeatText tells what came of the flow when it was asked once more.
func repeatText(o verdict.Observation, heard []capture.Heard) string {
	var b strings.Builder
	fmt.Fprintf(&b, "verdict     %s\nanswers     %d of %d in %.0f ms\n", o.Verdict, o.Evidence.Received, o.Evidence.Sent, o.Milliseconds)
	if o.Evidence.Errno != "" {
		fmt.Fprintf(&b, "client saw  %s\n", o.Evidence.Errno)
	}
	b.WriteString("\nrules that counted the flow\n")
	for _, r := range o.Evidence.Rules {
		fmt.Fprintf(&b, "  %s at %s, %s +%d\n", r.Rule, r.Hop, r.Way, r.Packets)
	}
	b.WriteString("\nhops that counted the flow\n")
	for _, s := range o.Evidence.Sightings {
		fmt.Fprintf(&b, "  %s, leg %d, %s %s with client %s +%d\n", s.Hop, s.Leg+1, s.Way, s.Point, s.Client, s.Packets)
	}
	b.WriteString("\nframes captured\n")
	for _, h := range heard {
		fmt.Fprintf(&b, "  %s: %d\n", h.Hop, len(h.Frames))
	}
	if o.Transcript != "" {
		fmt.Fprintf(&b, "\nwhat the client says\n%s\n", o.Transcript)
	}
	return b.String()
}
