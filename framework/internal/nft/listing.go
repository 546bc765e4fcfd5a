package nft

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Listing returns all that is in force in a namespace, of whoever and of every
// family, in nft's grammar as far as this package knows it, with what the rules
// have counted. It is for people: what it does not know it names in brackets.
func Listing(ns *netns.Namespace) (string, error) {
	rules, err := socketOf(ns)
	if err != nil {
		return "", fmt.Errorf("list rules of %s: %w", ns, err)
	}
	l := lister{rules: rules}
	err = ns.Do(func() (err error) {
		l.sets, err = nftables.New(nftables.AsLasting())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("list rules of %s: %w", ns, err)
	}
	for range dumpTries {
		var text string
		if text, err = l.listing(); !errors.Is(err, errInterrupted) && !errors.Is(err, unix.EINTR) {
			if err = errors.Join(err, l.sets.CloseLasting()); err != nil {
				break
			}
			return text, nil
		}
	}
	return "", fmt.Errorf("list rules of %s: %w", ns, err)
}

// lister reads rules over sockets of its namespace: what the library decodes fully
// over its own, the rules, of which it would leave out what it does not know, over
// ours.
type lister struct {
	sets  *nftables.Conn
	rules *socket
}

// listed is a rule as the kernel has it.
type listed struct {
	family                byte
	table, chain          string
	expressions, userdata []byte
}

func (l lister) listing() (string, error) {
	tables, err := l.sets.ListTables()
	if err != nil {
		return "", err
	}
	chains, err := l.sets.ListChains()
	if err != nil {
		return "", err
	}
	var rules []listed
	err = l.rules.dumpFamilies(unix.NFT_MSG_GETRULE, func(family byte, attrs []byte) {
		r := listed{family: family, table: nameOf(attrs, unix.NFTA_RULE_TABLE), chain: nameOf(attrs, unix.NFTA_RULE_CHAIN)}
		eachAttr(attrs, func(kind uint16, data []byte) {
			switch kind {
			case unix.NFTA_RULE_EXPRESSIONS:
				r.expressions = slices.Clone(data)
			case unix.NFTA_RULE_USERDATA:
				r.userdata = slices.Clone(data)
			}
		})
		rules = append(rules, r)
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, t := range tables {
		if i > 0 {
			b.WriteString("\n")
		}
		p, err := l.phrases(t)
		if err != nil {
			return "", fmt.Errorf("table %s: %w", t.Name, err)
		}
		fmt.Fprintf(&b, "table %s %s {\n%s", familyName(byte(t.Family)), t.Name, strings.Join(p.named, ""))
		for _, c := range chains {
			if c.Table.Name == t.Name && c.Table.Family == t.Family {
				p.chain(&b, c, rules)
			}
		}
		b.WriteString("}\n")
	}
	return b.String(), nil
}

// phrases learns what the rules of a table refer to.
func (l lister) phrases(t *nftables.Table) (phrases, error) {
	p := phrases{counters: Counts{}, sets: map[string]string{}}
	if t.Family == nftables.TableFamilyIPv4 {
		var err error
		if p.counters, err = l.rules.counters(t.Name); err != nil {
			return p, err
		}
	}
	sets, err := l.sets.GetSets(t)
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return p, err
	}
	for _, s := range sets {
		elements, err := l.sets.GetSetElements(s)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return p, fmt.Errorf("set %s: %w", s.Name, err)
		}
		text := "{ " + strings.Join(elementTexts(s, elements), ", ") + " }"
		if s.Anonymous {
			p.sets[s.Name] = text
			continue
		}
		kind := "set"
		if s.IsMap {
			kind = "map"
		}
		p.named = append(p.named, fmt.Sprintf("\t%s %s {\n\t\telements = %s\n\t}\n", kind, s.Name, text))
	}
	return p, nil
}

func (p phrases) chain(b *strings.Builder, c *nftables.Chain, rules []listed) {
	fmt.Fprintf(b, "\tchain %s {\n", c.Name)
	if c.Hooknum != nil && c.Priority != nil {
		policy := PolicyAccept
		if c.Policy != nil && *c.Policy == nftables.ChainPolicyDrop {
			policy = PolicyDrop
		}
		fmt.Fprintf(b, "\t\ttype %s hook %s priority %d; policy %s;\n", c.Type, hookName(c), *c.Priority, policy)
	}
	for _, r := range rules {
		if r.family == byte(c.Table.Family) && r.table == c.Table.Name && r.chain == c.Name {
			fmt.Fprintf(b, "\t\t%s\n", p.rule(r))
		}
	}
	b.WriteString("\t}\n")
}

func hookName(c *nftables.Chain) string {
	if c.Table.Family == nftables.TableFamilyNetdev {
		return "ingress"
	}
	return Hook(*c.Hooknum).String()
}

// elementTexts lists a set's elements, an interval as one.
func elementTexts(s *nftables.Set, elements []nftables.SetElement) []string {
	slices.SortStableFunc(elements, func(a, b nftables.SetElement) int { return slices.Compare(a.Key, b.Key) })
	var all []string
	for i, e := range elements {
		if e.IntervalEnd {
			continue
		}
		text := keyText(s.KeyType, e.Key)
		if s.Interval && s.KeyType.Name == nftables.TypeIPAddr.Name {
			text = intervalText(e, elements[i+1:])
		}
		if s.IsMap {
			text += " : " + valueText(s.DataType, e)
		}
		if e.Counter != nil {
			text += fmt.Sprintf(" counter packets %d bytes %d", e.Counter.Packets, e.Counter.Bytes)
		}
		all = append(all, text)
	}
	return all
}

// intervalText joins an interval's first address with its end, which is the first
// element behind it and names the address after the last.
func intervalText(e nftables.SetElement, behind []nftables.SetElement) string {
	first, ok := netip.AddrFromSlice(e.Key)
	if !ok {
		return fmt.Sprintf("%#x", e.Key)
	}
	last := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if len(behind) > 0 && behind[0].IntervalEnd {
		if end, ok := netip.AddrFromSlice(behind[0].Key); ok {
			last = end.Prev()
		}
	}
	return span{first, last}.String()
}

func valueText(t nftables.SetDatatype, e nftables.SetElement) string {
	if e.VerdictData != nil {
		return verdictText(e.VerdictData)
	}
	return keyText(t, e.Val)
}

// keyText writes a key by its type; one that is put together of several has its
// parts joined with dots, each padded to four bytes or whole registers.
func keyText(t nftables.SetDatatype, key []byte) string {
	types := strings.Split(t.Name, " . ")
	if len(types) == 1 {
		return dataText(t.Name, key)
	}
	parts := make([]string, len(types))
	for i, name := range types {
		size := 4
		if name == nftables.TypeIP6Addr.Name || name == nftables.TypeIFName.Name {
			size = 16
		}
		if len(key) < size {
			return fmt.Sprintf("%#x", key)
		}
		parts[i], key = dataText(name, key[:size]), key[size:]
	}
	return strings.Join(parts, " . ")
}
