package nft

import (
	"net/netip"
	"slices"
)

// Ruleset is a set of tables that are replaced together. The zero value is the
// empty ruleset.
type Ruleset struct {
	Tables []Table
}

// Table is a namespace for chains, sets, records and counters. Its family is IPv4
// ("ip").
type Table struct {
	Name    string
	Sets    []Set
	Records []Record
	Chains  []Chain
}

// Set is a named set of IPv4 prefixes that rules refer to. Its elements may
// overlap and come in any order; an empty set matches nothing.
type Set struct {
	Name     string
	Elements []netip.Prefix
}

// Chain is a list of rules. A chain without Base is reached by Jump and Goto
// only.
type Chain struct {
	Name  string
	Base  *Base
	Rules []Rule
}

// Base says where in the kernel's packet path a chain runs.
type Base struct {
	Type     ChainType
	Hook     Hook
	Priority int // smaller runs earlier; see the Priority constants
	Policy   Policy
}

// ChainType is what a base chain is for.
type ChainType uint8

// The chain types. Masquerade and SNAT need a NAT chain; a Route chain looks up
// the route of a local packet again when it changed the mark.
const (
	Filter ChainType = iota
	NAT
	Route
)

// String returns nft's word for the type.
func (t ChainType) String() string { return word(int(t), "filter", "nat", "route") }

// Hook is a point in the kernel's packet path.
type Hook uint8

// The hooks, with the kernel's numbers.
const (
	Prerouting Hook = iota
	Input
	Forward
	Output
	Postrouting
)

// String returns nft's word for the hook.
func (h Hook) String() string {
	return word(int(h), "prerouting", "input", "forward", "output", "postrouting")
}

// Priorities of the kernel's own work, to place chains before or after it.
const (
	PriorityRaw       = -300 // before connection tracking: Notrack goes here
	PriorityConntrack = -200
	PriorityMangle    = -150
	PriorityDestNAT   = -100
	PriorityFilter    = 0
	PrioritySourceNAT = 100
)

// Policy is what happens to a packet at the end of a base chain.
type Policy uint8

// The policies. A packet dropped by a policy is not counted by a named rule;
// where the drop is evidence, end the chain with a named rule instead.
const (
	PolicyAccept Policy = iota
	PolicyDrop
)

// String returns nft's word for the policy.
func (p Policy) String() string { return word(int(p), "accept", "drop") }

// Rule does something with the packets that match.
//
// Name is optional and unique in the table. It names the counter object that
// counts the rule's packets; a rule without a name does not count. See
// Name for the characters it may have. Comment is free text of at most 127 bytes,
// without line ends and double quotes; nft lists it beside the rule.
type Rule struct {
	Name    string
	Comment string
	Match   Match
	Verdict Verdict
}

// Match is a condition on a packet: all fields that are set must hold. The zero
// value matches every packet.
type Match struct {
	InIface, NotInIface   string // exact names, up to 15 bytes
	OutIface, NotOutIface string

	Source, NotSource           netip.Prefix
	Destination, NotDestination netip.Prefix

	SourceSet, NotSourceSet           string // names of sets of the same table
	DestinationSet, NotDestinationSet string

	Protocol         Protocol
	SourcePorts      Ports    // needs Protocol TCP or UDP
	DestinationPorts Ports    // needs Protocol TCP or UDP
	ICMPType         ICMPType // needs Protocol ICMP
	TCPFlags         TCPFlags // any of these; needs Protocol TCP

	LongerThan int // bytes, of the whole IP packet; zero is any length

	// OneIn is every packet that chance picks out of so many; zero and one are all.
	OneIn int

	CtState     CtState // any of these
	CtDirection CtDirection
	CtStatus    CtStatus // any of these
	Mark        Mark
}

// Protocol is an IP protocol with the kernel's number. Zero is any.
type Protocol uint8

// The protocols.
const (
	AnyProtocol Protocol = 0
	ICMP        Protocol = 1
	TCP         Protocol = 6
	UDP         Protocol = 17
)

// String returns nft's word for the protocol, or its number when it is another.
func (p Protocol) String() string {
	switch p {
	case AnyProtocol:
		return "any"
	case ICMP:
		return "icmp"
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	default:
		return number(int(p))
	}
}

// Ports is an inclusive range of ports. The zero value is any port.
type Ports struct {
	First, Last uint16
}

// Port returns the range of one port.
func Port(port uint16) Ports { return Ports{First: port, Last: port} }

// ICMPType is a kind of ICMP message. Zero is any.
type ICMPType uint8

// The ICMP types. Echoes go with pings; the others are what routers say.
const (
	AnyICMPType ICMPType = iota
	EchoRequest
	EchoReply
	DestinationUnreachable
	TimeExceeded
	// FragmentationNeeded is the one message of DestinationUnreachable that tells a
	// sender of a smaller MTU.
	FragmentationNeeded
)

// String returns nft's word for the type.
func (t ICMPType) String() string {
	return word(int(t), "any", "echo-request", "echo-reply", "destination-unreachable", "time-exceeded",
		"destination-unreachable icmp code frag-needed")
}

// TCPFlags is a set of flags of a TCP segment. Zero is any.
type TCPFlags uint8

// SYN is set in the first segment of either way of a connection.
const SYN TCPFlags = 1 << 1

// CtState is a set of connection tracking states. Zero is any state.
type CtState uint8

// The states, with the kernel's bits.
const (
	CtInvalid     CtState = 1 << 0
	CtEstablished CtState = 1 << 1
	CtRelated     CtState = 1 << 2
	CtNew         CtState = 1 << 3
	CtUntracked   CtState = 1 << 6
)

// CtDirection is whether a packet goes the way of its connection's first one.
type CtDirection uint8

// The directions.
const (
	AnyDirection CtDirection = iota
	Original
	Reply
)

// String returns nft's word for the direction.
func (d CtDirection) String() string { return word(int(d), "any", "original", "reply") }

// CtStatus is a set of what has happened to a connection. Zero is anything.
type CtStatus uint32

// The statuses, with the kernel's bits.
const (
	CtSourceNAT CtStatus = 1 << 4
	CtDestNAT   CtStatus = 1 << 5
)

// Mark is a condition on a packet's mark: the bits of Mask equal those of
// Value. The zero value matches every packet; ExactMark compares all bits.
type Mark struct {
	Value, Mask uint32
}

// ExactMark returns the condition that the mark has this value.
func ExactMark(value uint32) Mark { return Mark{Value: value, Mask: ^uint32(0)} }

// Verdict is what a rule does with a packet. The zero value is invalid, so that
// a forgotten verdict is noticed. Verdicts are comparable.
type Verdict struct {
	kind    verdictKind
	chain   string
	address netip.Addr
	port    uint16
	mark    Mark
	segment uint16
	record  Record
	class   uint32
}

type verdictKind uint8

const (
	verdictInvalid verdictKind = iota
	verdictAccept
	verdictDrop
	verdictReturn
	verdictJump
	verdictGoto
	verdictContinue
	verdictMasquerade
	verdictSNAT
	verdictDNAT
	verdictSetMark
	verdictNotrack
	verdictClamp
	verdictReset
	verdictNote
	verdictClass
)

// Accept ends the base chain; later base chains still see the packet.
func Accept() Verdict { return Verdict{kind: verdictAccept} }

// Drop ends the packet without telling anybody.
func Drop() Verdict { return Verdict{kind: verdictDrop} }

// Reset ends the packet and tells its sender so: a TCP reset that seems to come
// from the packet's destination. Its rule needs protocol TCP.
func Reset() Verdict { return Verdict{kind: verdictReset} }

// Return goes back to the calling chain, or to the policy in a base chain.
func Return() Verdict { return Verdict{kind: verdictReturn} }

// Chain is the chain that a Jump or Goto leads to; empty for other verdicts.
func (v Verdict) Chain() string { return v.chain }

// Jump goes to a chain of the same table and comes back at its end.
func Jump(chain string) Verdict { return Verdict{kind: verdictJump, chain: chain} }

// Goto goes to a chain of the same table and does not come back.
func Goto(chain string) Verdict { return Verdict{kind: verdictGoto, chain: chain} }

// Continue goes on with the next rule. With a name, the rule only counts.
func Continue() Verdict { return Verdict{kind: verdictContinue} }

// Masquerade gives the packet the address of the interface that it leaves by.
func Masquerade() Verdict { return Verdict{kind: verdictMasquerade} }

// SNAT gives the packet this source address.
func SNAT(to netip.Addr) Verdict { return Verdict{kind: verdictSNAT, address: to} }

// DNAT gives the packet this destination address.
func DNAT(to netip.Addr) Verdict { return Verdict{kind: verdictDNAT, address: to} }

// DNATTo gives the packet this destination address and port. Its rule needs a
// protocol that has ports.
func DNATTo(to netip.AddrPort) Verdict {
	return Verdict{kind: verdictDNAT, address: to.Addr(), port: to.Port()}
}

// SetMark sets the bits of mask in the packet's mark to those of value and goes
// on with the next rule.
func SetMark(value, mask uint32) Verdict {
	return Verdict{kind: verdictSetMark, mark: Mark{Value: value, Mask: mask}}
}

// Notrack keeps connection tracking off the packet and goes on with the next
// rule. It belongs into a chain at PriorityRaw.
func Notrack() Verdict { return Verdict{kind: verdictNotrack} }

// ClampSegments lowers the maximum segment size that a TCP segment with the SYN
// flag announces to this many bytes, if it is larger, and goes on with the next
// rule. A segment that announces none is left alone.
func ClampSegments(bytes uint16) Verdict { return Verdict{kind: verdictClamp, segment: bytes} }

// Note adds the packet to a record of the same table and goes back, as Return does. For
// a packet that cannot be added, since there is no room, it goes on with the next rule.
func Note(in Record) Verdict { return Verdict{kind: verdictNote, record: in} }

// Class puts the packet into a class of the queue of the interface that it leaves by, and goes on with the next rule.
func Class(major, minor uint16) Verdict {
	return Verdict{kind: verdictClass, class: uint32(major)<<16 | uint32(minor)}
}

// Equal reports whether two rulesets describe the same rules, in the same
// order.
func (r Ruleset) Equal(other Ruleset) bool {
	return slices.EqualFunc(r.Tables, other.Tables, Table.Equal)
}

// Equal reports whether two tables describe the same rules, in the same order.
func (t Table) Equal(other Table) bool {
	return t.Name == other.Name &&
		slices.EqualFunc(t.Sets, other.Sets, Set.equal) &&
		slices.Equal(t.Records, other.Records) &&
		slices.EqualFunc(t.Chains, other.Chains, Chain.equal)
}

// amendable reports whether one table can become the other by other rules in the same
// chains.
func (t Table) amendable(next Table) bool {
	return slices.EqualFunc(t.Sets, next.Sets, Set.equal) && slices.Equal(t.Records, next.Records) &&
		slices.EqualFunc(t.Chains, next.Chains, func(a, b Chain) bool { return a.Name == b.Name && a.sameBase(b) })
}

func (s Set) equal(other Set) bool {
	return s.Name == other.Name && slices.Equal(s.Elements, other.Elements)
}

func (c Chain) equal(other Chain) bool {
	return c.sameBase(other) && c.Name == other.Name && slices.Equal(c.Rules, other.Rules)
}

func (c Chain) sameBase(other Chain) bool {
	return c.Base == other.Base || c.Base != nil && other.Base != nil && *c.Base == *other.Base
}

// Table returns the table of a name and whether there is one.
func (r Ruleset) Table(name string) (Table, bool) {
	for _, t := range r.Tables {
		if t.Name == name {
			return t, true
		}
	}
	return Table{}, false
}
