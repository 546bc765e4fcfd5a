package chaos

import (
	"github.com/vpcgate/vpcgate/framework/change"
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

// RouterRestarted is no edit of the world: the router of a VPC forgets every connection, and comes right by itself. On paper new
// flows meet what they met before, and what becomes of connections that stood is documented nowhere.
const RouterRestarted Kind = "router-restarted"

// restart is the change of a fault that leaves the world as it is.
type restart struct{ router string }

// Apply implements change.Change.
func (restart) Apply(*topology.World) error { return nil }

// String implements change.Change.
func (c restart) String() string { return "restart the router of " + c.router }

// Restarts names the router that the fault restarts; empty for every other fault.
func (f Fault) Restarts() string {
	c, _ := f.Change.(restart)
	return c.router
}

// Fault is something that goes wrong, and comes right again when it is taken back.
type Fault struct {
	Kind Kind
	// On says what it is done to, such as "sg-ecs/from-nodes": with the kind it names the fault in its world.
	On string
	// Change is what the fault is in the world. It is taken back by adopting the world without it.
	Change change.Change
}

// Name is how schedules and reports call the fault.
func (f Fault) Name() string { return string(f.Kind) + " " + f.On }

// World is a world with faults in it, in the order in which they came. The given one is not touched.
func World(base topology.World, faults ...Fault) (topology.World, error) {
	w := base
	for _, f := range faults {
		if f.Restarts() != "" {
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
