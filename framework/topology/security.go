package topology

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// Protocol is what a rule or a flow speaks.
type Protocol string

const (
	// AnyProtocol matches every protocol; flows may not use it.
	AnyProtocol Protocol = "all"
	// TCP is the transmission control protocol.
	TCP Protocol = "tcp"
	// UDP is the user datagram protocol.
	UDP Protocol = "udp"
	// ICMP stands for echo request and reply, "ping".
	ICMP Protocol = "icmp"
	// DNSQuery stands for a question to the cluster's DNS; only flows use it.
	DNSQuery Protocol = "dns"
)

// Direction is which way a security-group rule looks, from the NIC.
type Direction string

const (
	// Ingress is towards the NIC.
	Ingress Direction = "ingress"
	// Egress is away from the NIC.
	Egress Direction = "egress"
)

// Action is what a security-group rule does with a match.
type Action string

const (
	// Allow admits the flow.
	Allow Action = "allow"
	// Deny drops it silently.
	Deny Action = "deny"
)

// SecurityGroup is a stateful set of rules. What no rule matches is denied,
// silently, in both directions.
//
// Source: VPC user guide, "Security Groups and Security Group Rules".
type SecurityGroup struct {
	Name  string              `yaml:"name"`
	Rules []SecurityGroupRule `yaml:"rules,omitempty"`
}

// SecurityGroupRule matches the far end (exactly one of CIDR and Group), the
// protocol and the destination port. Order of evaluation: the groups in the
// NIC's order, then priority (1 first, 100 last), then deny before allow.
type SecurityGroupRule struct {
	Name      string    `yaml:"name"`
	Direction Direction `yaml:"direction"`
	// Action defaults to Allow, Priority to 1, Protocol to AnyProtocol when
	// read from YAML; in Go the zero values mean the same.
	Action   Action   `yaml:"action,omitempty"`
	Priority int      `yaml:"priority,omitempty"`
	Protocol Protocol `yaml:"protocol,omitempty"`
	// Ports is the destination port range; the zero value means every port.
	Ports PortRange    `yaml:"ports,omitempty"`
	CIDR  netip.Prefix `yaml:"cidr"`
	// Group admits the addresses of the NICs in that group: the nodes', never
	// those of the pods behind them.
	Group string `yaml:"group,omitempty"`
}

// PortRange is an inclusive range; the zero value means every port.
type PortRange struct {
	From uint16 `yaml:"from"`
	To   uint16 `yaml:"to"`
}

// Port returns the range that holds one port.
func Port(p uint16) PortRange { return PortRange{From: p, To: p} }

// All reports whether the range means every port.
func (r PortRange) All() bool { return r == PortRange{} }

// Contains reports whether port is in the range.
func (r PortRange) Contains(port uint16) bool {
	return r.All() || (r.From <= port && port <= r.To)
}

// Effective returns the rule with its defaults filled in.
func (r SecurityGroupRule) Effective() SecurityGroupRule {
	if r.Action == "" {
		r.Action = Allow
	}
	if r.Priority == 0 {
		r.Priority = 1
	}
	if r.Protocol == "" {
		r.Protocol = AnyProtocol
	}
	return r
}

// String prints the rule as a report shows it:
// "from-containers (ingress allow icmp 172.16.0.0/16)".
func (r SecurityGroupRule) String() string {
	e := r.Effective()
	far := e.Group
	if far == "" {
		far = e.CIDR.String()
	}
	return fmt.Sprintf("%s (%s %s %s %s)", e.Name, e.Direction, e.Action, e.matches(), far)
}

// matches prints the protocol and the ports: "all", "tcp/80", "udp/1-9".
func (r SecurityGroupRule) matches() string {
	switch {
	case r.Ports.All():
		return string(r.Protocol)
	case r.Ports.From == r.Ports.To:
		return fmt.Sprintf("%s/%d", r.Protocol, r.Ports.From)
	default:
		return fmt.Sprintf("%s/%d-%d", r.Protocol, r.Ports.From, r.Ports.To)
	}
}

// RuleOf is a rule with the group it belongs to.
type RuleOf struct {
	Group string
	SecurityGroupRule
}

// RulesInOrder lists the rules that guard a NIC in one direction, defaults
// filled in, in the order in which the cloud evaluates them: the groups in the
// NIC's order; within a group by priority, 1 first; at equal priority deny
// before allow; else as written. The first match decides.
//
// Source: HVPC "Security Groups and Security Group Rules" (order of evaluation).
func (w *World) RulesInOrder(n NIC, d Direction) []RuleOf {
	var all []RuleOf
	for _, name := range n.SecurityGroups {
		g, _ := w.Group(name)
		for _, r := range inOrder(g.Rules, d) {
			all = append(all, RuleOf{Group: name, SecurityGroupRule: r})
		}
	}
	return all
}

// RulesInOrder lists the ACL's rules of one direction, defaults filled in, in the
// order in which the cloud evaluates them: by priority, 1 first; at equal
// priority deny before allow; else as written. The first match decides.
//
// Source: VPC user guide, "Firewall Overview" (priority).
func (a NetworkACL) RulesInOrder(d Direction) []SecurityGroupRule { return inOrder(a.Rules, d) }

func inOrder(rules []SecurityGroupRule, d Direction) []SecurityGroupRule {
	var all []SecurityGroupRule
	for _, r := range rules {
		if r = r.Effective(); r.Direction == d {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b SecurityGroupRule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Action, a.Action))
	})
	return all
}
