package nft

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxName is the kernel's limit for names of tables, chains, sets and
	// objects (NFT_NAME_MAXLEN with its final zero byte).
	maxName = 255
	// maxComment is nft's limit for a rule's comment with its final zero byte.
	maxComment = 127
	// maxIface is the kernel's limit for interface names (IFNAMSIZ).
	maxIface = 15
)

// Name joins parts with slashes into a valid name for a rule, chain or set:
// what nft's grammar does not allow in a name becomes an underscore, and a
// first character that is no letter gets an "x" before it. Distinct parts may
// give the same name; Validate finds that.
func Name(parts ...string) string {
	name := strings.Map(func(r rune) rune {
		if isWordRune(r) {
			return r
		}
		return '_'
	}, strings.Join(parts, "/"))
	if name == "" || !isLetter(rune(name[0])) {
		name = "x" + name
	}
	return name[:min(len(name), maxName)]
}

// Validate returns all problems of the ruleset, joined, each with its place, or
// nil. What it accepts, String writes in nft's grammar and Apply can encode.
func (r Ruleset) Validate() error {
	var p problems
	seen := map[string]bool{}
	for _, t := range r.Tables {
		at := fmt.Sprintf("table %q", t.Name)
		p.name(at, t.Name)
		p.unique(seen, at, t.Name)
		p.table(at, t)
	}
	return errors.Join(p.errs...)
}

// problems collects what is wrong.
type problems struct {
	errs []error
}

func (p *problems) add(at, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

func (p *problems) name(at, name string) {
	switch {
	case name == "":
		p.add(at, "name is empty")
	case len(name) > maxName:
		p.add(at, "name has %d bytes, the kernel allows %d", len(name), maxName)
	case !isLetter(rune(name[0])) || strings.ContainsFunc(name, func(r rune) bool { return !isWordRune(r) }):
		p.add(at, "name must start with a letter and have only letters, digits and /-_. (see nft.Name)")
	case reserved[name]:
		p.add(at, "name is a word of nft's grammar")
	}
}

func (p *problems) unique(seen map[string]bool, at, name string) {
	if seen[name] {
		p.add(at, "name is used twice")
	}
	seen[name] = true
}

func (p *problems) table(at string, t Table) {
	sets, chains, rules := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range t.Sets {
		at := fmt.Sprintf("%s: set %q", at, s.Name)
		p.name(at, s.Name)
		p.unique(sets, at, s.Name)
		for _, e := range s.Elements {
			p.prefix(at, "element", e)
		}
	}
	for _, r := range t.Records {
		at := fmt.Sprintf("%s: record %q", at, r.Name)
		p.name(at, r.Name)
		p.unique(sets, at, r.Name)
		if r.Size < 0 || r.Last > ByMark {
			p.add(at, "a record of %d kinds by %s cannot be", r.Size, r.Last)
		}
	}
	for _, c := range t.Chains {
		at := fmt.Sprintf("%s: chain %q", at, c.Name)
		p.name(at, c.Name)
		p.unique(chains, at, c.Name)
	}
	for _, c := range t.Chains {
		for i, r := range c.Rules {
			place := fmt.Sprintf("%s: chain %q: rule %d", at, c.Name, i+1)
			if r.Name != "" {
				place = fmt.Sprintf("%s: chain %q: rule %q", at, c.Name, r.Name)
				p.name(place, r.Name)
				p.unique(rules, place, r.Name)
			}
			if len(r.Comment) > maxComment || strings.ContainsAny(r.Comment, "\"\n\r\x00") {
				p.add(place, "comment must have at most %d bytes and no line end or double quote", maxComment)
			}
			p.match(place, r.Match, sets)
			p.verdict(place, r, c, chains)
			if r.Verdict.kind == verdictNote && !slices.Contains(t.Records, r.Verdict.record) {
				p.add(place, "there is no record %q in the table", r.Verdict.record.Name)
			}
		}
	}
}

func (p *problems) match(at string, m Match, sets map[string]bool) {
	for _, i := range []string{m.InIface, m.NotInIface, m.OutIface, m.NotOutIface} {
		if len(i) > maxIface || strings.ContainsAny(i, " \t\n\"*/") {
			p.add(at, "interface %q is not an exact name of up to %d bytes", i, maxIface)
		}
	}
	p.condition(at, "source", m.Source)
	p.condition(at, "negated source", m.NotSource)
	p.condition(at, "destination", m.Destination)
	p.condition(at, "negated destination", m.NotDestination)
	for _, s := range []string{m.SourceSet, m.NotSourceSet, m.DestinationSet, m.NotDestinationSet} {
		if s != "" && !sets[s] {
			p.add(at, "there is no set %q in the table", s)
		}
	}
	p.ports(at, "source", m.Protocol, m.SourcePorts)
	p.ports(at, "destination", m.Protocol, m.DestinationPorts)
	if m.ICMPType != AnyICMPType && m.Protocol != ICMP {
		p.add(at, "an icmp type needs protocol icmp")
	}
	if m.ICMPType > FragmentationNeeded {
		p.add(at, "icmp type %d is unknown", m.ICMPType)
	}
	if m.TCPFlags != 0 && m.Protocol != TCP {
		p.add(at, "tcp flags need protocol tcp")
	}
	if m.OneIn < 0 {
		p.add(at, "one in %d is negative", m.OneIn)
	}
	if m.LongerThan < 0 {
		p.add(at, "length %d is negative", m.LongerThan)
	}
	if m.CtState&^(CtInvalid|CtEstablished|CtRelated|CtNew|CtUntracked) != 0 {
		p.add(at, "connection tracking state %#x is unknown", uint8(m.CtState))
	}
	if m.CtDirection > Reply {
		p.add(at, "connection tracking direction %d is unknown", m.CtDirection)
	}
	if m.CtStatus&^(CtSourceNAT|CtDestNAT) != 0 {
		p.add(at, "connection tracking status %#x is unknown", uint32(m.CtStatus))
	}
	if m.Mark.Value&^m.Mark.Mask != 0 {
		p.add(at, "mark %#x has bits outside its mask %#x", m.Mark.Value, m.Mark.Mask)
	}
}

// condition checks a prefix of a match, where the zero value is "any".
func (p *problems) condition(at, what string, prefix netip.Prefix) {
	if prefix == (netip.Prefix{}) {
		return
	}
	p.prefix(at, what, prefix)
	if strings.HasPrefix(what, "negated") && prefix.Bits() == 0 {
		p.add(at, "%s 0.0.0.0/0 never matches", what)
	}
}

func (p *problems) ports(at, what string, protocol Protocol, ports Ports) {
	if ports == (Ports{}) {
		return
	}
	if protocol != TCP && protocol != UDP {
		p.add(at, "%s ports need protocol tcp or udp", what)
	}
	if ports.First > ports.Last {
		p.add(at, "%s ports %d-%d are in the wrong order", what, ports.First, ports.Last)
	}
}

func (p *problems) prefix(at, what string, prefix netip.Prefix) {
	switch {
	case !prefix.IsValid() || !prefix.Addr().Is4():
		p.add(at, "%s %s is not an IPv4 prefix", what, prefix)
	case prefix != prefix.Masked():
		p.add(at, "%s %s has bits beyond its length, meant is %s", what, prefix, prefix.Masked())
	}
}

func (p *problems) verdict(at string, r Rule, in Chain, chains map[string]bool) {
	v := r.Verdict
	switch v.kind {
	case verdictInvalid:
		p.add(at, "verdict is missing")
	case verdictJump, verdictGoto:
		if !chains[v.chain] {
			p.add(at, "there is no chain %q in the table", v.chain)
		}
	case verdictSNAT, verdictDNAT:
		if !v.address.Is4() {
			p.add(at, "translation to %s: not an IPv4 address", v.address)
		}
		fallthrough
	case verdictMasquerade:
		if in.Base != nil && in.Base.Type != NAT {
			p.add(at, "translation needs a nat chain, this one is of type %s", in.Base.Type)
		}
	case verdictSetMark:
		if v.mark.Mask == 0 || v.mark.Value&^v.mark.Mask != 0 {
			p.add(at, "mark %#x does not fit its mask %#x", v.mark.Value, v.mark.Mask)
		}
	case verdictReset:
		if r.Match.Protocol != TCP {
			p.add(at, "a reset needs protocol tcp")
		}
		if in.Base != nil && (in.Base.Type != Filter || in.Base.Hook == Prerouting || in.Base.Hook == Postrouting) {
			p.add(at, "a reset needs a filter chain at input, forward or output")
		}
	case verdictClamp:
		if v.segment == 0 {
			p.add(at, "a segment size of zero carries nothing")
		}
	case verdictClass:
		if in.Base != nil && in.Base.Hook != Postrouting {
			p.add(at, "a class needs a chain at postrouting, where it is known which queue the packet meets")
		}
	case verdictAccept, verdictDrop, verdictReturn, verdictContinue, verdictNotrack, verdictNote:
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isWordRune(r rune) bool {
	return isLetter(r) || r >= '0' && r <= '9' || strings.ContainsRune("/-_.", r)
}

// word returns the name of an enumeration's value, or its number.
func word(value int, words ...string) string {
	if value < len(words) {
		return words[value]
	}
	return number(value)
}

func number(value int) string { return strconv.Itoa(value) }

// reserved are the words of nft's grammar that somebody might choose as a name.
// Words with a slash, dash, dot or underscore are always free.
var reserved = wordsOf(`accept add all allow and arp at bridge bytes chain comment constant continue counter
		counters create ct daddr delete destroy device devices dnat drop dscp dup dynamic element elements eq
		establish ether exists expires fib flags flow flowtable flowtables flush fwd ge goto gt handle hash hook
		hour icmp id iif iifname in include index inet insert interval ip jhash jump l2 l3 l4 last le length limit
		limits list log lt map maps mark masquerade meta meter monitor ne netdev notrack nth numgen offset oif
		oifname or original osf output over packets performance persistent policy position prefix priority
		protocol queue quota random redefine redirect reject rename replace reply reset return rt ruleset saddr
		secmark seq set sets size skgid skuid snat socket state sport dport stateless status synproxy table
		tables tcp th time timeout to tproxy type typeof udp until update using version vlan vmap xor xt zone`)

func wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(text) {
		words[w] = true
	}
	return words
}
