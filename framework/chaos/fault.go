package chaos

import (
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Kind is what sort of fault it is, as budgets and reports know it.
type Kind string

// The kinds of faults that are edits of the world.
const (
	// RuleRevoked: an inbound rule of a security group is taken away. A14.
	RuleRevoked Kind = "rule-revoked"
	// RuleDenies: a security group gets a rule that denies what another one admits. A10.
	RuleDenies Kind = "rule-denies"
	// WhitelistOverwritten: a whitelist is replaced by one that leaves entries out. C05.
	WhitelistOverwritten Kind = "whitelist-overwritten"
	// RouteWithdrawn: a route is taken out of a table. B20, F03.
	RouteWithdrawn Kind = "route-withdrawn"
	// PeeringDeleted: a peering goes, and its routes with it. B01.
	PeeringDeleted Kind = "peering-deleted"
	// ACLAttached: a subnet gets a network ACL that denies everything. F10, F12.
	ACLAttached Kind = "acl-attached"
	// EngineConflict: a container engine comes whose bridge has the containers' addresses. D01.
	EngineConflict Kind = "engine-conflict"
	// EngineGrew: an engine gets one more network, which has the containers' addresses. D03.
	EngineGrew Kind = "engine-grew"
	// MasqueradeChanged: nonMasqueradeCIDRs loses a block. A19, B21.
	MasqueradeChanged Kind = "masquerade-changed"
	// SourceCheckOn: a node may not send with its pods' addresses. F04.
	SourceCheckOn Kind = "source-check-on"
	// ForwardingOff: a node forwards nothing. F05.
	ForwardingOff Kind = "forwarding-off"
	// ConntrackFull: a node takes no new connection. F09.
	ConntrackFull Kind = "conntrack-full"
	// FirewallRaised: a machine's own operating system drops what comes in. B26, F06.
	FirewallRaised Kind = "firewall-raised"
	// ServiceStopped: nothing listens where it did; healed, it was restarted.
	ServiceStopped Kind = "service-stopped"
)

// Fault is something that goes wrong, and comes right again when it is taken back.
type Fault struct {
	Kind Kind
	// On says what it is done to, such as "sg-ecs/from-nodes": with the kind it names the fault in its world.
	On string
	// Change is what the fault is in the world. It is taken back by adopting the world without it. A fault without one happens to
	// the platform, and the world stays as it is.
	Change change.Change
}

// Happening is what happens to the platform; false for an edit of the world.
func (f Fault) Happening() (lab.Happening, bool) {
	return lab.Happening{Kind: lab.HappeningKind(f.Kind), On: f.On}, f.Change == nil
}

// Name is how schedules and reports call the fault.
func (f Fault) Name() string { return string(f.Kind) + " " + f.On }

// World is a world with those faults in it that are edits, in the order in which they came. The given one is not touched.
func World(base topology.World, faults ...Fault) (topology.World, error) {
	w := base
	for _, f := range faults {
		if f.Change == nil {
			continue
		}
		next, err := change.Edit(w, f.Change)
		if err != nil {
			return topology.World{}, err
		}
		w = next
	}
	return w, w.Validate()
}
