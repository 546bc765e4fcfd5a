package lab

import "context"

// HappeningKind is what sort of thing happens to a lab's platform while its world stays as it is.
type HappeningKind string

const (
	// MachineLost: a host or node is gone, and all that runs on it. Its connections are forgotten when it comes back.
	MachineLost HappeningKind = "machine-lost"
	// MachinePaused: the programs of a host or node stand still. Its kernel does not: it answers pings, accepts connections and
	// forwards.
	MachinePaused HappeningKind = "machine-paused"
	// MachineRebooted: a host or node goes and comes back by itself, with nothing in mind.
	MachineRebooted HappeningKind = "machine-rebooted"
	// RouterRestarted: the router of a VPC forgets every connection, and comes right by itself. New flows meet what they met
	// before; what becomes of connections that stood is documented nowhere.
	RouterRestarted HappeningKind = "router-restarted"
	// ConntrackFlushed: a node forgets every connection, and comes right by itself.
	ConntrackFlushed HappeningKind = "conntrack-flushed"
	// PacketsLost: some of a machine's packets are lost, both ways.
	PacketsLost HappeningKind = "packets-lost"
	// BandwidthLimited: a machine's packets queue for a narrow link.
	BandwidthLimited HappeningKind = "bandwidth-limited"
	// PacketsReordered: some of a machine's packets are overtaken by others.
	PacketsReordered HappeningKind = "packets-reordered"
	// MTULowered: a machine's link carries smaller packets than it should, and tells nobody.
	MTULowered HappeningKind = "mtu-lowered"
	// OverlayDropped: the network between a node and the others drops VXLAN (UDP 4789). A routed cluster has none.
	OverlayDropped HappeningKind = "overlay-dropped"
	// KubeletStopped: a node is not looked after any more. Its pods go on.
	KubeletStopped HappeningKind = "kubelet-stopped"
	// ProxyStopped: nobody looks after a node's Service rules any more. Those that it has stay.
	ProxyStopped HappeningKind = "proxy-stopped"
	// APIUnreachable: a cluster's API server answers nobody. Its data plane goes on.
	APIUnreachable HappeningKind = "api-unreachable"
	// DNSGone: a cluster's DNS has no server. Addresses work, names do not.
	DNSGone HappeningKind = "dns-gone"
)

// HappeningKinds lists them.
func HappeningKinds() []HappeningKind {
	return []HappeningKind{
		MachineLost, MachinePaused, MachineRebooted, RouterRestarted, ConntrackFlushed, PacketsLost, BandwidthLimited, PacketsReordered,
		MTULowered, OverlayDropped, KubeletStopped, ProxyStopped, APIUnreachable, DNSGone,
	}
}

// Momentary reports whether a kind comes right by itself, so that it is never healed.
func (k HappeningKind) Momentary() bool {
	return k == RouterRestarted || k == ConntrackFlushed || k == MachineRebooted
}

// Happening is something that happens to a lab's platform.
type Happening struct {
	Kind HappeningKind `json:"kind"`
	// On is the machine, the router (by its VPC) or the cluster that it happens to.
	On string `json:"on"`
}

// String is how schedules and reports call the happening.
func (h Happening) String() string { return string(h.Kind) + " " + h.On }

// Ongoing is a happening while it lasts.
type Ongoing interface {
	// Active returns how the platform itself shows that it is going on, such as "rule packets-lost dropped 12 packets"; nothing
	// when it does not, which is no error.
	Active(ctx context.Context) (proof string, err error)
	// Heal takes it back, waits until everything that it broke works again, and returns how the platform shows that. Healing what
	// is healed does nothing.
	Heal(ctx context.Context) (proof string, err error)
}

// Platform is a lab to whose platform something can happen. What lasts is healed by its Ongoing, or at the latest when the lab is
// closed. Nothing can happen to anything that the lab has not made itself.
type Platform interface {
	// CanHappen says why something cannot happen to the world that is adopted; the error matches ErrCannotHost.
	CanHappen(h Happening) error
	// Happen makes it happen, and returns when it does. How to take it back is known before anything is done. Of what is
	// momentary it returns when all works again; then Active says what was seen of it, and Heal does nothing. Whether worlds
	// can be adopted while something goes on is the lab's to say.
	Happen(ctx context.Context, h Happening) (Ongoing, error)
}
