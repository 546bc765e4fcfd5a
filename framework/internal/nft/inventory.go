package nft

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Found is a table of a namespace, whoever made it: what it is called, which chains
// it has, and a digest of its chains, rules and sets, without what counts.
type Found struct {
	Family string
	Name   string
	Chains []string
	Digest string
}

// The attributes that two listings of the same may differ in, by their numbers of
// linux/netfilter/nf_tables.h: handles, positions, how often something is used, and
// counters.
var volatile = map[int][]uint16{
	unix.NFT_MSG_GETCHAIN: {2, 6, 8, 11},
	unix.NFT_MSG_GETRULE:  {3, 6},
	unix.NFT_MSG_GETSET:   {10, 16},
}

// Inventory lists all tables of a namespace, of every family, in order.
func Inventory(ns *netns.Namespace) ([]Found, error) {
	s, err := socketOf(ns)
	if err != nil {
		return nil, fmt.Errorf("list tables of %s: %w", ns, err)
	}
	for range dumpTries {
		var all []Found
		if all, err = s.inventory(); !errors.Is(err, errInterrupted) {
			if err != nil {
				break
			}
			return all, nil
		}
	}
	return nil, fmt.Errorf("list tables of %s: %w", ns, err)
}

// listing is an inventory under way.
type listing struct {
	tables map[string]*Found
	sums   map[string]hash.Hash
}

func (s *socket) inventory() ([]Found, error) {
	l := listing{tables: map[string]*Found{}, sums: map[string]hash.Hash{}}
	err := s.dumpFamilies(unix.NFT_MSG_GETTABLE, func(family byte, attrs []byte) { l.at(family, nameOf(attrs, unix.NFTA_TABLE_NAME)) })
	for _, kind := range []int{unix.NFT_MSG_GETCHAIN, unix.NFT_MSG_GETSET, unix.NFT_MSG_GETRULE} {
		err = errors.Join(err, s.dumpFamilies(uint16(kind), func(family byte, attrs []byte) { l.add(kind, family, attrs) }))
	}
	if err != nil {
		return nil, err
	}
	all := make([]Found, 0, len(l.tables))
	for key, t := range l.tables {
		slices.Sort(t.Chains)
		t.Digest = fmt.Sprintf("%.6x", l.sums[key].Sum(nil))
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Found) int { return strings.Compare(a.Family+" "+a.Name, b.Family+" "+b.Name) })
	return all, nil
}

// at finds the table of a name, which is new when it is seen for the first time.
func (l *listing) at(family byte, name string) string {
	key := fmt.Sprintf("%d %s", family, name)
	if l.tables[key] == nil {
		l.tables[key], l.sums[key] = &Found{Family: familyName(family), Name: name}, sha256.New()
	}
	return key
}

// add takes a chain, set or rule into its table's digest. In all of them the first
// attribute is the table; in a chain the third is its name.
func (l *listing) add(kind int, family byte, attrs []byte) {
	key := l.at(family, nameOf(attrs, 1))
	if kind == unix.NFT_MSG_GETCHAIN {
		l.tables[key].Chains = append(l.tables[key].Chains, nameOf(attrs, unix.NFTA_CHAIN_NAME))
	}
	_, _ = fmt.Fprintf(l.sums[key], "\n%d", kind) // a hash cannot fail
	eachAttr(attrs, func(number uint16, data []byte) {
		switch {
		case slices.Contains(volatile[kind], number):
		case kind == unix.NFT_MSG_GETRULE && number == unix.NFTA_RULE_EXPRESSIONS:
			expressions(l.sums[key], data)
		default:
			_, _ = fmt.Fprintf(l.sums[key], " %d=%x", number, data)
		}
	})
}

// expressions takes a rule's expressions into a digest, of a counter only that it is
// one.
func expressions(sum hash.Hash, list []byte) {
	eachAttr(list, func(_ uint16, element []byte) {
		if name := nameOf(element, unix.NFTA_EXPR_NAME); name == "counter" {
			_, _ = fmt.Fprint(sum, " counter")
			return
		}
		_, _ = fmt.Fprintf(sum, " %x", element)
	})
}

func nameOf(attrs []byte, number uint16) string {
	var name string
	eachAttr(attrs, func(kind uint16, data []byte) {
		if kind == number && name == "" {
			name = cString(data)
		}
	})
	return name
}

func familyName(family byte) string {
	switch family {
	case unix.NFPROTO_INET:
		return "inet"
	case unix.NFPROTO_IPV4:
		return "ip"
	case unix.NFPROTO_IPV6:
		return "ip6"
	case unix.NFPROTO_ARP:
		return "arp"
	case unix.NFPROTO_BRIDGE:
		return "bridge"
	case unix.NFPROTO_NETDEV:
		return "netdev"
	default:
		return fmt.Sprintf("family %d", family)
	}
}
