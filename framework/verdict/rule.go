package verdict

import "github.com/vpcgate/vpcgate/framework/topology"

// The names of everything that can drop a packet. The oracle predicts them, the
// fabric counts under them, scenarios expect them: one spelling, here.

// DefaultDeny is what a NIC's security groups do with what no rule matches.
func DefaultDeny(nic string, d topology.Direction) string {
	return "sg/" + nic + "/" + string(d) + "/default-deny"
}

// GroupRule is one rule of a security group as applied to one NIC.
func GroupRule(nic string, d topology.Direction, group, rule string) string {
	return "sg/" + nic + "/" + string(d) + "/" + group + "/" + rule
}

// Blackhole is the end of a route table: no route matched.
func Blackhole(table string) string { return "rt/" + table + "/blackhole" }

// NoSuchAddress is a system route of the VPC to an address that no NIC has.
func NoSuchAddress(vpc string) string { return "vpc/" + vpc + "/no-such-address" }

// SourceCheck is the source/destination check of a NIC.
func SourceCheck(nic string) string { return "nic/" + nic + "/source-check" }

// NotTransitive is a peering's refusal to carry traffic on to another peering.
func NotTransitive(peering string) string { return "peering/" + peering + "/not-transitive" }

// PeeringPending is a route to a peering that was not accepted yet.
func PeeringPending(peering string) string { return "peering/" + peering + "/pending" }

// InvalidState is the stateful filter's refusal of a packet that belongs to no
// connection it knows and opens none.
func InvalidState(vpc string) string { return "vpc/" + vpc + "/invalid-state" }

// NoSuchContainer is a node's container network holding the destination address
// without any pod having it: the packet ends there.
func NoSuchContainer(node string) string { return "node/" + node + "/no-such-container" }

// NotForwarded is a machine receiving what is not addressed to it.
func NotForwarded(machine string) string { return "host/" + machine + "/not-forwarded" }
