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

// ACLDefaultDeny is what a network ACL does with what no rule matches, at the
// border of a subnet.
func ACLDefaultDeny(acl, subnet string, d topology.Direction) string {
	return "acl/" + acl + "/" + subnet + "/" + string(d) + "/default-deny"
}

// ACLRule is one rule of a network ACL at the border of one subnet.
func ACLRule(acl, subnet string, d topology.Direction, rule string) string {
	return "acl/" + acl + "/" + subnet + "/" + string(d) + "/" + rule
}

// Whitelist is the refusal of a managed service's access control.
func Whitelist(host string) string { return "whitelist/" + host }

// PeeringOverlap is a route over a peering that takes no effect since the peered
// VPCs overlap; see topology.Overlapping.
func PeeringOverlap(peering string) string { return "peering/" + peering + "/overlap" }

// PeeringShadowed is a route over a peering that takes no effect since a VPN's
// route overlaps it; see topology.Shadowed.
func PeeringShadowed(peering string) string { return "peering/" + peering + "/shadowed" }

// NoSNATRule is a NAT gateway's refusal of a source that no rule of it selects.
func NoSNATRule(gateway string) string { return "nat/" + gateway + "/no-snat-rule" }

// VPNTooBig is the end of a packet that a VPN's tunnel cannot carry; it is silent.
func VPNTooBig(vpn string) string { return "vpn/" + vpn + "/too-big" }

// NoHealthyBackend is a load balancer none of whose backends passes its check.
func NoHealthyBackend(balancer string) string { return "lb/" + balancer + "/no-healthy-backend" }

// EngineNetwork is a bridge of a container engine that swallows what its host
// sends to addresses of its block.
func EngineNetwork(host, network string) string { return "engine/" + host + "/" + network }

// ReversePath is a host's strict reverse-path filter.
func ReversePath(host string) string { return "host/" + host + "/reverse-path" }

// HostFirewall is one rule of a machine's own firewall.
func HostFirewall(machine, rule string) string { return "host/" + machine + "/firewall/" + rule }

// ForwardingOff is a node that forwards nothing (net.ipv4.ip_forward=0).
func ForwardingOff(node string) string { return "node/" + node + "/ip-forward" }

// ConntrackFull is a node whose connection tracking table takes no new flow.
func ConntrackFull(node string) string { return "node/" + node + "/conntrack-full" }

// FragNeeded is a node's loss of the message that a packet is too big for the
// path; the sender repeats it for ever.
func FragNeeded(node string) string { return "node/" + node + "/frag-needed" }

// MasqueradedReply is a node that gives the reply of its pod its own address, so
// that it belongs to no connection any more.
//
// Source: cce_bestpractice "nonMasqueradeCIDRs", side effects.
func MasqueradedReply(node string) string { return "node/" + node + "/masqueraded-reply" }

// NetworkPolicy is a pod's network policy as enforced on its node.
func NetworkPolicy(node, policy string) string { return "policy/" + node + "/" + policy }

// NoLocalEndpoint is a node without a backend of a Service whose traffic policy
// is Local.
func NoLocalEndpoint(node, service string) string {
	return "service/" + service + "/" + node + "/no-local-endpoint"
}

// The codes with which something on the way says no aloud (KindRejected), or the
// client's own side (KindUnreachable).
const (
	// NoEndpoints is kube-proxy's answer for a Service without backends.
	NoEndpoints = "no-endpoints"
	// NoSuchName is a DNS server's answer for a name that it does not know.
	NoSuchName = "no-such-name"
	// NoAddress is a pod that was given no address since its node's blocks are
	// used up.
	NoAddress = "no-address"
)

// Codes of what a managed service, or its access control, says (app-denied, rejected).
const (
	// WrongPassword is a service that was reached and does not know the client.
	WrongPassword = "wrong-password"
	// NotListed is a service whose access control says no in its own protocol.
	NotListed = "not-listed"
	// DataLost is a service that no longer has what it acknowledged.
	DataLost = "data-lost"
	// OtherProtocol is a server that does not speak the protocol it was used by.
	OtherProtocol = "other-protocol"
	// ConnectionReset is an access control that resets connections.
	ConnectionReset = "reset"
)

// DCSForbidden is the end of packets to a DCS instance from client blocks that it
// does not serve across a peering; DCSOneVPC the end of all from another VPC, for
// an instance that serves its own VPC only.
//
// Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
func DCSForbidden(host string) string { return "dcs/" + host + "/forbidden-source" }

// DCSOneVPC is for an instance that serves its own VPC only; see DCSForbidden.
func DCSOneVPC(host string) string { return "dcs/" + host + "/one-vpc" }
