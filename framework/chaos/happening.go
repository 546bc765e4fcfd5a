package chaos

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// The kinds of faults that are no edits of the world: something happens to the platform, and the world stays as it is. What each is
// stands in package lab, and what it means for a flow in Bears.
const (
	MachineLost      = Kind(lab.MachineLost)
	MachinePaused    = Kind(lab.MachinePaused)
	MachineRebooted  = Kind(lab.MachineRebooted)
	RouterRestarted  = Kind(lab.RouterRestarted)
	ConntrackFlushed = Kind(lab.ConntrackFlushed)
	PacketsLost      = Kind(lab.PacketsLost)
	BandwidthLimited = Kind(lab.BandwidthLimited)
	PacketsReordered = Kind(lab.PacketsReordered)
	MTULowered       = Kind(lab.MTULowered)
	OverlayDropped   = Kind(lab.OverlayDropped)
	KubeletStopped   = Kind(lab.KubeletStopped)
	ProxyStopped     = Kind(lab.ProxyStopped)
	APIUnreachable   = Kind(lab.APIUnreachable)
	DNSGone          = Kind(lab.DNSGone)
)

// Unnoticed reports whether no flow may notice a kind of happening: it concerns the management plane alone.
func (k Kind) Unnoticed() bool {
	return k == KubeletStopped || k == ProxyStopped || k == APIUnreachable
}

// noticeable reports whether a flow that a kind of fault bears on is sure to meet it: small packets pass a narrow link, and one of a small
// MTU, as ever, and how large those of a service are is its own affair.
func noticeable(k Kind, f topology.Flow) bool {
	return k != BandwidthLimited && k != MTULowered || f.Bytes >= FullPacket
}

// Momentary reports whether a kind of fault comes right by itself, so that it is never healed.
func (k Kind) Momentary() bool { return lab.HappeningKind(k).Momentary() }

// Bearing is what a happening means for a flow, from nothing to everything.
type Bearing int

const (
	// Clear: the flow meets what it meets otherwise.
	Clear Bearing = iota
	// Loose: it meets that, or silence. Connections that stand are kept, once it is over.
	Loose
	// Silenced: it is silent.
	Silenced
	// Turned: its client's own machine turns it away aloud, whatever it would meet later on its way.
	Turned
	// Absent: its client is not there, or hears only itself. Nothing can be said.
	Absent
)

// Bears says what a happening means for a flow whose way in the world is as predicted.
func Bears(h lab.Happening, w topology.World, f topology.Flow, way verdict.Observation) Bearing {
	switch Kind(h.Kind) {
	case MachineLost, MachineRebooted:
		switch {
		case runsOn(w, f.From, h.On):
			return Absent
		case crosses(w, f, way, h.On):
			return Silenced
		case mayReach(w, f, h.On):
			return Loose
		}
	case MachinePaused:
		switch {
		case runsOn(w, f.From, h.On):
			return Absent
		case f.Protocol != topology.ICMP && way.Verdict.Positive() && servedOn(w, f, h.On):
			return Silenced // what a kernel refuses it refuses still
		case mayReach(w, f, h.On):
			return Loose
		}
	case PacketsLost, BandwidthLimited, PacketsReordered:
		if crosses(w, f, way, h.On) || mayReach(w, f, h.On) {
			return Loose
		}
	case MTULowered:
		switch {
		case f.Use != "" && (crosses(w, f, way, h.On) || mayReach(w, f, h.On)):
			return Loose // how much a service says at once is its own affair
		case f.Bytes < FullPacket || !way.Verdict.Positive(): // who is refused never comes to send a full packet
		case crosses(w, f, way, h.On):
			return Silenced
		case mayReach(w, f, h.On):
			return Loose
		}
	case OverlayDropped:
		switch {
		case overlaid(w, f, h.On):
			return Silenced
		case mayReach(w, f, h.On):
			return Loose
		}
	case DNSGone:
		if f.Protocol == topology.DNSQuery && asksCluster(w, f.From) == h.On {
			return Turned // a Service without a server is refused by the client's own node
		}
	default:
	}
	return Clear
}

// Forgets lists the hops that have forgotten their connections once a happening came (a momentary one) or was healed.
func Forgets(h lab.Happening, w topology.World) []string {
	switch Kind(h.Kind) {
	case RouterRestarted, ConntrackFlushed:
		return []string{h.On}
	case MachineLost, MachineRebooted:
		gone := []string{h.On}
		for _, e := range w.Endpoints() {
			if e.Machine == h.On && e.Name != h.On {
				gone = append(gone, e.Name)
			}
		}
		return gone
	default:
		return nil
	}
}

// FullPacket is the least payload that fills a packet of the size that a lowered MTU does not carry, in bytes.
const FullPacket = 1400

// Away reports whether a client's machine was lost or stood still at some time of a span, so that it was late for a reason of its own.
func (t Timeline) Away(client string, s Span) bool {
	for i, m := range t.Moments {
		until := t.End
		if i+1 < len(t.Moments) {
			until = t.Moments[i+1].Done
		}
		if !s.overlaps(m.Began, until) {
			continue
		}
		for _, h := range append(slices.Clone(m.Happenings), m.Passing...) {
			switch Kind(h.Kind) {
			case MachineLost, MachinePaused, MachineRebooted:
				if runsOn(m.World, client, h.On) {
					return true
				}
			default:
			}
		}
	}
	return false
}

// runsOn reports whether an endpoint is a machine, or something on it.
func runsOn(w topology.World, endpoint, machine string) bool {
	if endpoint == machine {
		return true
	}
	e, known := w.Endpoint(endpoint)
	return known && e.Machine == machine
}

// serverOf is whom a flow reaches. A question for a name reaches the cluster's DNS, a pod of its node.
func serverOf(w topology.World, f topology.Flow) (topology.Endpoint, bool) {
	if f.Protocol != topology.DNSQuery {
		return w.Endpoint(w.Target(f).To)
	}
	from, _ := w.Endpoint(f.From)
	if asksCluster(w, f.From) == "" || from.Cluster.DNS == nil {
		return topology.Endpoint{}, false
	}
	return topology.Endpoint{Kind: topology.KindPod, Machine: from.Cluster.DNS.Node, Cluster: from.Cluster}, true
}

// servedOn reports whether whom a flow reaches is a machine, or something on it.
func servedOn(w topology.World, f topology.Flow, machine string) bool {
	to, known := serverOf(w, f)
	return known && (to.Name == machine || to.Machine == machine)
}

// crosses reports whether a flow enters or leaves a machine by its NIC.
func crosses(w topology.World, f topology.Flow, way verdict.Observation, machine string) bool {
	from, to := runsOn(w, f.From, machine), servedOn(w, f, machine)
	if from && to {
		return false
	}
	return from || to || slices.ContainsFunc(append(slices.Clone(way.Path.Forth), way.Path.Back...), func(s verdict.Step) bool { return s.Hop == machine })
}

// mayReach reports whether somebody who stands for several may send a flow to a machine: a Service or balancer.
func mayReach(w topology.World, f topology.Flow, machine string) bool {
	to, known := serverOf(w, f)
	if known && to.Kind != topology.KindService && to.Kind != topology.KindBalancer {
		return false
	}
	m, _ := w.Endpoint(machine)
	return m.Kind == topology.KindNode || to.Kind == topology.KindBalancer || !known
}

// overlaid reports whether a flow passes the overlay to or from a node.
func overlaid(w topology.World, f topology.Flow, node string) bool {
	from, known := w.Endpoint(f.From)
	to, also := serverOf(w, f)
	if !known || !also || from.Machine == to.Machine || from.Machine != node && to.Machine != node {
		return false
	}
	if from.Cluster == nil || to.Cluster == nil || from.Cluster.Name != to.Cluster.Name {
		return false
	}
	// What a pod sends to a node goes under the node's address, and so does the reply.
	return from.Cluster.Mode == topology.Tunnel && to.Kind == topology.KindPod
}

// asksCluster is whose DNS a client asks for names: a pod its cluster's, and all others the VPC's, which is none.
func asksCluster(w topology.World, client string) string {
	e, _ := w.Endpoint(client)
	if e.Cluster == nil || e.Kind != topology.KindPod {
		return ""
	}
	return e.Cluster.Name
}

// happenings lists what can happen to a world's platform.
func happenings(w topology.World) []Fault {
	var all []Fault
	add := func(on string, kinds ...Kind) {
		for _, k := range kinds {
			all = append(all, Fault{Kind: k, On: on})
		}
	}
	for _, v := range w.VPCs {
		add(v.Name, RouterRestarted)
	}
	machine := []Kind{MachineLost, MachinePaused, MachineRebooted, PacketsLost, BandwidthLimited, PacketsReordered, MTULowered}
	for _, h := range w.Hosts {
		if h.Managed == nil {
			add(h.Name, machine...)
		}
	}
	for _, c := range w.Clusters {
		for _, n := range c.Nodes {
			add(n.Name, machine...)
			add(n.Name, ConntrackFlushed, KubeletStopped, ProxyStopped)
			if c.Mode == topology.Tunnel {
				add(n.Name, OverlayDropped)
			}
		}
		add(c.Name, APIUnreachable, DNSGone)
	}
	return all
}
