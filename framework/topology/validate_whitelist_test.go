package topology_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Every limit of a list is refused with the rule that names it.
func TestCheckWhitelist(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	entries := func(n int) []netip.Prefix {
		var all []netip.Prefix
		for i := range n {
			all = append(all, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), 32))
		}
		return all
	}
	groups := func(names ...string) topology.Whitelist {
		l := topology.Whitelist{Enabled: true}
		for i, name := range names {
			l.Groups = append(l.Groups, topology.WhitelistGroup{Name: name, Entries: entries(10)[i : i+1]})
		}
		return l
	}
	list := func(edit func(l *topology.Whitelist)) topology.Whitelist {
		l := topology.AllowList(entries(2)...)
		edit(&l)
		return l
	}
	old := topology.Managed{Kind: topology.DCSRedis, Version: "3.0"}
	new4 := topology.Managed{Kind: topology.DCSRedis, Version: "4.0"}
	proxy := topology.Managed{Kind: topology.RDSProxy}
	for _, row := range []struct {
		name    string
		managed *topology.Managed
		list    topology.Whitelist
		want    []topology.RuleID
	}{
		{"a list", &new4, topology.AllowList(entries(20)...), nil},
		{"the newest version", &topology.Managed{Kind: topology.DCSRedis}, groups("one4", "two4", "tri4", "four"), nil},
		{"five groups", &new4, groups("one4", "two4", "tri4", "four", "five"), []topology.RuleID{topology.WhitelistGroups}},
		{"names", &new4, groups("abc", "4you", strings.Repeat("x", 65), strings.Repeat("x", 64)), []topology.RuleID{
			topology.WhitelistGroupNames, topology.WhitelistGroupNames, topology.WhitelistGroupNames,
		}},
		{"21 entries", &new4, topology.AllowList(entries(21)...), []topology.RuleID{topology.WhitelistEntries}},
		{"everybody", &new4, topology.AllowList(cidr("0.0.0.0/0"), cidr("0.0.0.0/32")), []topology.RuleID{topology.WhitelistEverybody, topology.WhitelistEverybody}},
		{"a block list of a cache", &new4, list(func(l *topology.Whitelist) { l.Block = true }), []topology.RuleID{topology.WhitelistOneList}},
		{"version 3.0", &old, topology.AllowList(entries(1)...), []topology.RuleID{topology.NoWhitelist}},
		{"300 entries of a proxy", &proxy, topology.AllowList(entries(300)...), nil},
		{"301 entries of a proxy", &proxy, topology.AllowList(entries(301)...), []topology.RuleID{topology.WhitelistEntries}},
		{"a block list of a proxy", &proxy, list(func(l *topology.Whitelist) { l.Block = true }), nil},
		{"two lists of a proxy", &proxy, groups("allowed", "blocked"), []topology.RuleID{topology.WhitelistOneList}},
		{"a database", &topology.Managed{Kind: topology.RDSMySQL}, topology.AllowList(entries(1)...), []topology.RuleID{topology.NoWhitelist}},
		{"a message broker", &topology.Managed{Kind: topology.DMSRabbitMQ}, topology.AllowList(entries(1)...), []topology.RuleID{topology.NoWhitelist}},
		{"inference", &topology.Managed{Kind: topology.ModelArts}, topology.AllowList(entries(1)...), []topology.RuleID{topology.NoWhitelist}},
		{"no service", nil, list(func(l *topology.Whitelist) { l.Block, l.Refusal = true, topology.ResetRefusal }), nil},
	} {
		err := w.CheckWhitelist(topology.Host{Name: "it", Managed: row.managed, Whitelist: &row.list})
		if got := topology.Violations(err); !slices.Equal(got, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if err := w.CheckWhitelist(topology.Host{}); err != nil {
		t.Errorf("no list: %v", err)
	}
}

// What the form itself asks of a list, and what only an endpoint makes possible.
func TestCheckWhitelist_form(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	check := func(h topology.Host, l topology.Whitelist) string {
		h.Whitelist = &l
		if err := w.CheckWhitelist(h); err != nil {
			return err.Error()
		}
		return ""
	}
	at := "world everything: host cache: "
	cache, _ := w.Host("cache")
	l := topology.Whitelist{Refusal: "shout", Groups: []topology.WhitelistGroup{{Name: "same"}, {Name: "same", Entries: cidrs("10.0.0.1/24")}}}
	want := at + "whitelist group same has no entry\n" + at + "whitelist group same is there twice\n" +
		at + "whitelist entry 10.0.0.1/24 is not canonical; the block is 10.0.0.0/24\n" +
		at + `unknown refusal "shout"; it is empty, reset or application-error`
	if got := check(cache, l); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	said := topology.AllowList(worlds.NodeCIDR)
	said.Refusal = topology.ApplicationRefusal
	own, _ := w.Host("ecs-p")
	if got := check(own, said); !strings.HasSuffix(got, "has no application that could say no") {
		t.Errorf("a host of the user's own: %q", got)
	}
	broker, _ := w.Host("kafka-1")
	if got := check(broker, topology.AllowList(worlds.NodeCIDR)); got != "" {
		t.Errorf("behind an endpoint: %s", got)
	}
	w.Translators = nil
	if got, want := check(broker, topology.AllowList(worlds.NodeCIDR)), "world everything: host kafka-1: dms-kafka 3.7 has no whitelist; its security groups guard it"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var problem topology.Problem
	broker.Whitelist = &said
	if err := w.CheckWhitelist(broker); !errors.As(err, &problem) || problem.Pair[0].IsValid() {
		t.Errorf("got %#v", problem)
	}
}
