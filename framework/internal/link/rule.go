package link

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Rule says which route table a packet is looked up in. All conditions that are
// set must hold. Rules are comparable, and what Rules returns equals what was
// given to AddRule.
type Rule struct {
	Priority int          // smaller is asked earlier; the kernel's own are 0, 32766 and 32767
	From, To netip.Prefix // zero: any
	InIface  string       // "lo" is for packets of the namespace itself
	OutIface string
	Mark     uint32 // 0: any
	Table    int    // 0: MainTable
	Suppress Suppression
}

// Suppression makes a rule ignore the routes of its table whose prefix is short.
// The zero value ignores none.
type Suppression uint8

// SuppressPrefixesUpTo ignores routes whose prefix has at most this many bits: 0
// ignores the default route only.
func SuppressPrefixesUpTo(bits int) Suppression { return Suppression(bits + 1) }

// String returns the rule as ip(8) writes it.
func (r Rule) String() string {
	words := []string{fmt.Sprintf("%d:", r.Priority)}
	add := func(set bool, format string, args ...any) {
		if set {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(!r.From.IsValid(), "from all")
	add(r.From.IsValid(), "from %s", r.From)
	add(r.To.IsValid(), "to %s", r.To)
	add(r.Mark != 0, "fwmark %#x", r.Mark)
	add(r.InIface != "", "iif %s", r.InIface)
	add(r.OutIface != "", "oif %s", r.OutIface)
	add(true, "lookup %d", r.table())
	add(r.Suppress != 0, "suppress_prefixlength %d", int(r.Suppress)-1)
	return strings.Join(words, " ")
}

func (r Rule) table() int {
	if r.Table == 0 {
		return MainTable
	}
	return r.Table
}

func (r Rule) normal() Rule {
	r.Table = r.table()
	if r.From.IsValid() {
		r.From = r.From.Masked()
	}
	if r.To.IsValid() {
		r.To = r.To.Masked()
	}
	return r
}

// AddRule adds a rule. One that exists already is not an error.
func AddRule(ns *netns.Namespace, r Rule) error {
	err := onRule(ns, r, (*netlink.Handle).RuleAdd)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return wrap(err, "add rule", r.String(), ns)
}

// DeleteRule removes a rule that this package made. One that does not exist is
// not an error.
func DeleteRule(ns *netns.Namespace, r Rule) error {
	return wrap(gone(onRule(ns, r, (*netlink.Handle).RuleDel)), "delete rule", r.String(), ns)
}

// Rules returns the rules that this package made, in the order in which the
// kernel asks them.
func Rules(ns *netns.Namespace) ([]Rule, error) {
	var found []netlink.Rule
	err := with(ns, func(h *netlink.Handle) error {
		return retry(func() (err error) {
			found, err = h.RuleList(netlink.FAMILY_V4)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list rules in %s: %w", ns, err)
	}
	var rules []Rule
	for _, k := range found {
		if k.Protocol != static {
			continue
		}
		rules = append(rules, Rule{
			Priority: k.Priority, From: fromIPNet(k.Src), To: fromIPNet(k.Dst), InIface: k.IifName,
			OutIface: k.OifName, Mark: k.Mark, Table: k.Table, Suppress: Suppression(k.SuppressPrefixlen + 1),
		})
	}
	return rules, nil
}

// SyncRules makes the rules that this package made exactly those that are
// wanted: it adds what is missing, then removes the rest. It returns how many
// it touched, and goes on after errors, which it joins.
func SyncRules(ns *netns.Namespace, want []Rule) (touched int, err error) {
	have, err := Rules(ns)
	if err != nil {
		return 0, err
	}
	var errs []error
	keep := make([]Rule, 0, len(want))
	for _, r := range want {
		r = r.normal()
		keep = append(keep, r)
		if !slices.Contains(have, r) {
			touched++
			errs = append(errs, AddRule(ns, r))
		}
	}
	for _, r := range have {
		if !slices.Contains(keep, r) {
			touched++
			errs = append(errs, DeleteRule(ns, r))
		}
	}
	return touched, errors.Join(errs...)
}

func onRule(ns *netns.Namespace, r Rule, f func(h *netlink.Handle, r *netlink.Rule) error) error {
	if r.Suppress != 0 && r.table() > unix.RT_TABLE_LOCAL {
		// The library leaves the suppression out then, without an error.
		return fmt.Errorf("suppression needs a table up to %d: %w", unix.RT_TABLE_LOCAL, fs.ErrInvalid)
	}
	r = r.normal()
	k := netlink.NewRule()
	k.Family, k.Priority, k.Table, k.Protocol = netlink.FAMILY_V4, r.Priority, r.Table, static
	k.IifName, k.OifName, k.Mark = r.InIface, r.OutIface, r.Mark
	k.SuppressPrefixlen = int(r.Suppress) - 1
	if r.From.IsValid() {
		k.Src = toIPNet(r.From)
	}
	if r.To.IsValid() {
		k.Dst = toIPNet(r.To)
	}
	return with(ns, func(h *netlink.Handle) error { return f(h, k) })
}
