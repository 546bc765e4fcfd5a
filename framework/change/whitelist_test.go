package change_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// listed is a group of a whitelist.
func listed(name string, entries ...netip.Prefix) topology.WhitelistGroup {
	return topology.WhitelistGroup{Name: name, Entries: entries}
}

func TestEdit_services(t *testing.T) {
	list := func(name string, holds func(l topology.Whitelist) bool) func(w *topology.World) bool {
		return func(w *topology.World) bool { h := host(w, name); return h.Whitelist != nil && holds(*h.Whitelist) }
	}
	group := listed("office", cidr("172.30.0.0/16"))
	mysql := topology.Listener{Protocol: topology.TCP, Port: topology.MySQLPort}
	amqp := topology.Listener{Protocol: topology.TCP, Port: topology.AMQPPort}
	checkChanges(t, []row{
		{
			change.SetWhitelist{Host: "cache", Whitelist: topology.AllowList(worlds.NodeCIDR)},
			"set the whitelist of cache to 192.168.10.0/24",
			// The former groups are gone, and the style is not the user's to set.
			list("cache", func(l topology.Whitelist) bool {
				return len(l.Entries()) == 1 && l.Refusal == topology.ApplicationRefusal
			}),
		},
		{
			change.SetWhitelist{Host: "cache", Whitelist: topology.Whitelist{Enabled: true, Refusal: topology.ResetRefusal}},
			"set the whitelist of cache to nothing",
			list("cache", func(l topology.Whitelist) bool { return l.Refusal == topology.ResetRefusal && !l.InForce() }),
		},
		{
			change.SetWhitelist{Host: "proxy", Whitelist: topology.Whitelist{Enabled: true, Block: true, Groups: []topology.WhitelistGroup{group}}},
			"set the blocklist of proxy to 172.30.0.0/16",
			list("proxy", func(l topology.Whitelist) bool { return !l.Admits(addr("172.30.1.25")) }),
		},
		{
			change.SetWhitelist{Host: "proxy", Whitelist: topology.AllowList(worlds.NodeCIDR)},
			"set the whitelist of proxy to 192.168.10.0/24",
			list("proxy", func(l topology.Whitelist) bool { return !l.Block }),
		},
		{
			change.AddWhitelistGroup{Host: "cache", Group: group},
			"add group office with 172.30.0.0/16 to the whitelist of cache",
			list("cache", func(l topology.Whitelist) bool { return len(l.Groups) == 3 }),
		},
		{
			change.AddWhitelistGroup{Host: "ecs-p", Group: group},
			"add group office with 172.30.0.0/16 to the whitelist of ecs-p",
			list("ecs-p", func(l topology.Whitelist) bool { return l.Enabled && !l.Admits(worlds.Node1) }),
		},
		{
			change.All(change.DisableWhitelist{Host: "cache"}, change.AddWhitelistGroup{Host: "cache", Group: group}),
			"switch off the whitelist of cache; add group office with 172.30.0.0/16 to the whitelist of cache",
			list("cache", func(l topology.Whitelist) bool { return l.Enabled && len(l.Groups) == 3 }),
		},
		{change.RemoveWhitelistGroup{Host: "cache", Group: "nodes"}, "remove group nodes from the whitelist of cache", list("cache", func(l topology.Whitelist) bool { return !l.Admits(worlds.Node1) })},
		{
			change.RemoveWhitelistGroup{Host: "proxy", Group: "default"},
			"remove group default from the whitelist of proxy",
			list("proxy", func(l topology.Whitelist) bool { return l.Enabled && l.Admits(worlds.Node2) }),
		},
		{change.DisableWhitelist{Host: "cache"}, "switch off the whitelist of cache", list("cache", func(l topology.Whitelist) bool { return !l.Enabled && len(l.Groups) == 2 })},
		{change.EnableWhitelist{Host: "ecs-p"}, "enable the whitelist of ecs-p", list("ecs-p", func(l topology.Whitelist) bool { return l.Enabled && !l.InForce() })},
		{change.SetRefusal{Host: "cache", Style: topology.SilentRefusal}, "make the whitelist of cache refuse by silence", list("cache", func(l topology.Whitelist) bool { return l.Refusal == topology.SilentRefusal })},
		{change.SetRefusal{Host: "proxy", Style: topology.ApplicationRefusal}, "make the whitelist of proxy refuse by application-error", list("proxy", func(l topology.Whitelist) bool { return l.Refusal == topology.ApplicationRefusal })},
		{change.SetPassword{Host: "database", Password: "x"}, "set another password of database", func(w *topology.World) bool { return host(w, "database").Managed.Accepts() == "x" }},
		{change.StopListening{Endpoint: "database", Listener: mysql}, "stop database listening on tcp/3306", func(w *topology.World) bool { return !w.Serves("database", topology.MySQLPort) }},
		{change.StartListening{Endpoint: "spare", Listener: amqp}, "start spare listening on tcp/5672", func(w *topology.World) bool { return w.Serves("spare", topology.AMQPPort) }},
		{change.SetPassword{Host: "cache"}, "set the password of cache to that of its clients", func(w *topology.World) bool { return host(w, "cache").Managed.Accepts() == topology.AppPassword }},
	})
}

func TestEdit_refusesServices(t *testing.T) {
	checkRefusals(t, []refusal{
		{change.SetWhitelist{Host: "none"}, `world has no host "none"`},
		{change.AddWhitelistGroup{Host: "cache", Group: listed("nodes", worlds.NodeCIDR)}, `the whitelist of cache has a group "nodes" already`},
		{change.RemoveWhitelistGroup{Host: "cache", Group: "office"}, `the whitelist of cache has no group "office"`},
		{change.RemoveWhitelistGroup{Host: "ecs-p", Group: "office"}, `the whitelist of ecs-p has no group "office"`},
		{change.EnableWhitelist{Host: "cache"}, `the change changes nothing`},
		{change.DisableWhitelist{Host: "ecs-p"}, `host ecs-p has no whitelist`},
		{change.SetRefusal{Host: "proxy", Style: topology.ResetRefusal}, `the change changes nothing`},
		{change.SetPassword{Host: "none"}, `world has no host "none"`},
		{change.SetPassword{Host: "ecs-p", Password: "x"}, `host ecs-p is no instance of a managed service`},
		{change.SetPassword{Host: "kafka-1", Password: "x"}, `kafka-1 asks its clients for no password`},
		{change.SetPassword{Host: "database"}, `the change changes nothing`},
		{
			change.SetWhitelist{Host: "cache", Whitelist: topology.AllowList(worlds.Anywhere)},
			`the platform refuses it: world everything: host cache: whitelist entry 0.0.0.0/0 is not accepted`,
		},
	})
}

// What the platform refuses of a list is refused with its rule, whichever change
// leads to it, and leaves the world as it was.
func TestEdit_refusesWhitelists(t *testing.T) {
	many := func(n int) topology.Whitelist {
		var entries []netip.Prefix
		for i := range n {
			entries = append(entries, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), 32))
		}
		return topology.AllowList(entries...)
	}
	groups := func(n int) topology.Whitelist {
		l := topology.Whitelist{Enabled: true}
		for i := range n {
			l.Groups = append(l.Groups, listed(fmt.Sprintf("group-%d", i), worlds.NodeCIDR))
		}
		return l
	}
	block := topology.AllowList(worlds.NodeCIDR)
	block.Block = true
	list := topology.AllowList(worlds.NodeCIDR)
	for _, c := range []struct {
		change change.Change
		want   topology.RuleID
	}{
		{change.SetWhitelist{Host: "cache", Whitelist: groups(5)}, topology.WhitelistGroups},
		{change.All(change.SetWhitelist{Host: "cache", Whitelist: groups(4)}, change.AddWhitelistGroup{Host: "cache", Group: listed("fifth", worlds.NodeCIDR)}), topology.WhitelistGroups},
		{change.SetWhitelist{Host: "cache", Whitelist: many(21)}, topology.WhitelistEntries},
		{change.All(change.SetWhitelist{Host: "cache", Whitelist: many(20)}, change.AddWhitelistGroup{Host: "cache", Group: listed("more", worlds.NodeCIDR)}), topology.WhitelistEntries},
		{change.SetWhitelist{Host: "proxy", Whitelist: many(301)}, topology.WhitelistEntries},
		{change.AddWhitelistGroup{Host: "cache", Group: listed("everybody", worlds.Anywhere)}, topology.WhitelistEverybody},
		{change.AddWhitelistGroup{Host: "cache", Group: listed("nobody", cidr("0.0.0.0/32"))}, topology.WhitelistEverybody},
		{change.AddWhitelistGroup{Host: "cache", Group: listed("abc", worlds.NodeCIDR)}, topology.WhitelistGroupNames},
		{change.AddWhitelistGroup{Host: "cache", Group: listed("1234", worlds.NodeCIDR)}, topology.WhitelistGroupNames},
		{change.SetWhitelist{Host: "cache", Whitelist: block}, topology.WhitelistOneList},
		{change.AddWhitelistGroup{Host: "proxy", Group: listed("allowed", worlds.NodeCIDR)}, topology.WhitelistOneList},
		{change.SetWhitelist{Host: "database", Whitelist: list}, topology.NoWhitelist},
		{change.AddWhitelistGroup{Host: "rabbit", Group: listed("nodes", worlds.NodeCIDR)}, topology.NoWhitelist},
		{change.EnableWhitelist{Host: "inference"}, topology.NoWhitelist},
		{change.SetRefusal{Host: "database", Style: topology.ResetRefusal}, topology.NoWhitelist},
	} {
		w := worlds.Everything(topology.Routed)
		after, refusal, err := change.Request(w, c.change)
		if got := topology.Violations(refusal); err != nil || !errors.Is(refusal, change.ErrRefused) || !slices.Equal(got, []topology.RuleID{c.want}) {
			t.Errorf("%s: got %v, %v", c.change, refusal, err)
		}
		if h := host(&after, "cache"); len(h.Whitelist.Entries()) != 2 {
			t.Errorf("%s: the list is now %+v", c.change, h.Whitelist)
		}
	}
	w := worlds.Everything(topology.Routed)
	for i := range w.Hosts {
		if w.Hosts[i].Name == "cache" {
			w.Hosts[i].Managed.Version, w.Hosts[i].Whitelist = "3.0", nil
		}
	}
	_, refusal, err := change.Request(w, change.AddWhitelistGroup{Host: "cache", Group: listed("nodes", worlds.NodeCIDR)})
	if got := topology.Violations(refusal); err != nil || !slices.Equal(got, []topology.RuleID{topology.NoWhitelist}) {
		t.Errorf("version 3.0: got %v, %v", refusal, err)
	}
}

func TestForm_readsServices(t *testing.T) {
	var f change.Form
	text := `- addWhitelistGroup: {host: cache, group: {name: office, entries: [172.30.0.0/16]}}
- removeWhitelistGroup: {host: cache, group: office}
- setWhitelist: {host: cache, whitelist: {enabled: true, block: true, refusal: reset, groups: [{name: default, entries: [192.168.10.0/24]}]}}
- disableWhitelist: {host: cache}
- enableWhitelist: {host: cache}
- setRefusal: {host: cache, style: reset}
- setPassword: {host: cache, password: another}
`
	if err := yaml.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	want := "add group office with 172.30.0.0/16 to the whitelist of cache; remove group office from the whitelist of cache; " +
		"set the blocklist of cache to 192.168.10.0/24; switch off the whitelist of cache; enable the whitelist of cache; " +
		"make the whitelist of cache refuse by reset; set another password of cache"
	if f.String() != want {
		t.Errorf("got  %s\nwant %s", f, want)
	}
}
