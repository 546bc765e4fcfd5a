package nft

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// String returns the ruleset in nft's grammar, always in the same form: per
// table its counters, then its sets, its records and its chains. "nft -f" reads it, given
// that Validate found nothing; it adds to what is there, Apply replaces.
func (r Ruleset) String() string {
	var b strings.Builder
	for i, t := range r.Tables {
		if i > 0 {
			b.WriteString("\n")
		}
		t.write(&b)
	}
	return b.String()
}

// String returns the table in nft's grammar.
func (t Table) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t Table) write(b *strings.Builder) {
	fmt.Fprintf(b, "table ip %s {\n", t.Name)
	for _, name := range t.counters() {
		fmt.Fprintf(b, "\tcounter %s { }\n", name)
	}
	for _, s := range t.Sets {
		fmt.Fprintf(b, "\tset %s {\n\t\ttype ipv4_addr\n\t\tflags interval\n", s.Name)
		if elements := s.merged(); len(elements) > 0 {
			words := make([]string, len(elements))
			for i, e := range elements {
				words[i] = e.String()
			}
			fmt.Fprintf(b, "\t\telements = { %s }\n", strings.Join(words, ", "))
		}
		b.WriteString("\t}\n")
	}
	for _, r := range t.Records {
		fmt.Fprintf(b, "\tset %s {\n\t\ttypeof %s\n", r.Name, r.key())
		if r.Size > 0 {
			fmt.Fprintf(b, "\t\tsize %d\n", r.Size)
		}
		b.WriteString("\t\tflags dynamic\n\t}\n")
	}
	for _, c := range t.Chains {
		fmt.Fprintf(b, "\tchain %s {\n", c.Name)
		if c.Base != nil {
			fmt.Fprintf(b, "\t\ttype %s hook %s priority %d; policy %s;\n",
				c.Base.Type, c.Base.Hook, c.Base.Priority, c.Base.Policy)
		}
		for _, rule := range c.Rules {
			fmt.Fprintf(b, "\t\t%s\n", rule)
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
}

// counters returns the names of the table's rules in order.
func (t Table) counters() []string {
	var names []string
	for _, c := range t.Chains {
		for _, r := range c.Rules {
			if r.Name != "" {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

// String returns the rule in nft's grammar.
func (r Rule) String() string {
	words := r.Match.words()
	if r.Name != "" {
		words = append(words, fmt.Sprintf("counter name %q", r.Name))
	}
	if v := r.Verdict.String(); v != "" {
		words = append(words, v)
	}
	if r.Comment != "" {
		// Validate keeps out what would need escaping: nft knows no escapes.
		words = append(words, `comment "`+r.Comment+`"`)
	}
	return strings.Join(words, " ")
}

// String returns the condition in nft's grammar; it is empty for one that
// matches every packet.
func (m Match) String() string { return strings.Join(m.words(), " ") }

func (m Match) words() []string {
	var words []string
	add := func(set bool, format string, args ...any) {
		if set {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(m.InIface != "", "iifname %q", m.InIface)
	add(m.NotInIface != "", "iifname != %q", m.NotInIface)
	add(m.OutIface != "", "oifname %q", m.OutIface)
	add(m.NotOutIface != "", "oifname != %q", m.NotOutIface)
	add(narrows(m.Source), "ip saddr %s", short(m.Source))
	add(narrows(m.NotSource), "ip saddr != %s", short(m.NotSource))
	add(m.SourceSet != "", "ip saddr @%s", m.SourceSet)
	add(m.NotSourceSet != "", "ip saddr != @%s", m.NotSourceSet)
	add(narrows(m.Destination), "ip daddr %s", short(m.Destination))
	add(narrows(m.NotDestination), "ip daddr != %s", short(m.NotDestination))
	add(m.DestinationSet != "", "ip daddr @%s", m.DestinationSet)
	add(m.NotDestinationSet != "", "ip daddr != @%s", m.NotDestinationSet)
	add(m.Protocol != AnyProtocol, "meta l4proto %s", m.Protocol)
	add(m.SourcePorts != Ports{}, "%s sport %s", m.Protocol, m.SourcePorts)
	add(m.DestinationPorts != Ports{}, "%s dport %s", m.Protocol, m.DestinationPorts)
	add(m.ICMPType != AnyICMPType, "icmp type %s", m.ICMPType)
	add(m.TCPFlags != 0, "tcp flags & %s != 0x0", m.TCPFlags)
	add(m.LongerThan > 0, "meta length > %d", m.LongerThan)
	add(m.OneIn > 1, "numgen random mod %d 0", m.OneIn)
	add(m.CtState != 0, "ct state %s", m.CtState)
	add(m.CtDirection != AnyDirection, "ct direction %s", m.CtDirection)
	add(m.CtStatus != 0, "ct status %s", m.CtStatus)
	switch m.Mark.Mask {
	case 0:
	case ^uint32(0):
		add(true, "meta mark %#x", m.Mark.Value)
	default:
		add(true, "meta mark & %#x == %#x", m.Mark.Mask, m.Mark.Value)
	}
	return words
}

// narrows reports whether a condition on an address excludes anything: a
// prefix of length zero does not and is left out.
func narrows(p netip.Prefix) bool { return p.IsValid() && p.Bits() > 0 }

// short writes a prefix of one address as the address, as nft does.
func short(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// String returns the flags as nft writes them.
func (f TCPFlags) String() string {
	if f == SYN {
		return "syn"
	}
	return fmt.Sprintf("%#x", uint8(f))
}

// String returns the range as nft writes it: a port, or two with a dash.
func (p Ports) String() string {
	if p.First == p.Last {
		return number(int(p.First))
	}
	return fmt.Sprintf("%d-%d", p.First, p.Last)
}

// String returns the states as nft writes them, in the order of their bits.
func (s CtState) String() string {
	return bitWords(uint32(s), []bitWord{
		{uint32(CtInvalid), "invalid"},
		{uint32(CtEstablished), "established"},
		{uint32(CtRelated), "related"},
		{uint32(CtNew), "new"},
		{uint32(CtUntracked), "untracked"},
	})
}

// String returns the statuses as nft writes them, in the order of their bits.
func (s CtStatus) String() string {
	return bitWords(uint32(s), []bitWord{{uint32(CtSourceNAT), "snat"}, {uint32(CtDestNAT), "dnat"}})
}

type bitWord struct {
	bit  uint32
	word string
}

func bitWords(set uint32, all []bitWord) string {
	var words []string
	for _, b := range all {
		if set&b.bit != 0 {
			words = append(words, b.word)
		}
	}
	return strings.Join(words, ",")
}

// String returns the verdict in nft's grammar; it is empty for Continue.
func (v Verdict) String() string {
	switch v.kind {
	case verdictAccept:
		return "accept"
	case verdictDrop:
		return "drop"
	case verdictReset:
		return "reject with tcp reset"
	case verdictReturn:
		return "return"
	case verdictJump:
		return "jump " + v.chain
	case verdictGoto:
		return "goto " + v.chain
	case verdictContinue:
		return ""
	case verdictMasquerade:
		return "masquerade"
	case verdictSNAT:
		return "snat to " + v.address.String()
	case verdictDNAT:
		if v.port != 0 {
			return "dnat to " + netip.AddrPortFrom(v.address, v.port).String()
		}
		return "dnat to " + v.address.String()
	case verdictSetMark:
		if v.mark.Mask == ^uint32(0) {
			return fmt.Sprintf("meta mark set %#x", v.mark.Value)
		}
		return fmt.Sprintf("meta mark set meta mark & %#x | %#x", ^v.mark.Mask, v.mark.Value)
	case verdictClass:
		return fmt.Sprintf("meta priority set %x:%x", v.class>>16, v.class&0xffff)
	case verdictNotrack:
		return "notrack"
	case verdictClamp:
		return "tcp option maxseg size set " + number(int(v.segment))
	case verdictNote:
		return fmt.Sprintf("update @%s { %s counter } return", v.record.Name, v.record.key())
	case verdictInvalid:
	}
	return "invalid-verdict"
}

// span is a range of addresses, both ends included.
type span struct {
	first, last netip.Addr
}

// String returns the span as nft writes it in a set: an address, a prefix where
// the span is one, or two addresses with a dash.
func (s span) String() string {
	for bits := 32; bits >= 0; bits-- {
		if p := netip.PrefixFrom(s.first, bits); p == p.Masked() && lastOf(p) == s.last {
			return short(p)
		}
	}
	return s.first.String() + "-" + s.last.String()
}

// merged returns the set's elements as the fewest spans, in order. The kernel
// does not take overlapping elements.
func (s Set) merged() []span {
	spans := make([]span, 0, len(s.Elements))
	for _, p := range s.Elements {
		spans = append(spans, span{p.Masked().Addr(), lastOf(p)})
	}
	slices.SortFunc(spans, func(a, b span) int { return a.first.Compare(b.first) })
	var merged []span
	for _, next := range spans {
		if n := len(merged); n > 0 {
			after := merged[n-1].last.Next()
			if !after.IsValid() || next.first.Compare(after) <= 0 {
				if next.last.Compare(merged[n-1].last) > 0 {
					merged[n-1].last = next.last
				}
				continue
			}
		}
		merged = append(merged, next)
	}
	return merged
}

// lastOf returns a prefix's last address.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(bytes)
}
