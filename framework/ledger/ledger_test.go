package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/ledger"
)

const run = "20261124-1"

// with is a machine with one thing more, or another state of it.
func with(section ledger.Section, e ledger.Entry, others ...func(*ledger.Snapshot)) ledger.Snapshot {
	s := ledger.Snapshot{Engine: ledger.EngineRuns}
	for _, section := range ledger.Sections() {
		s.Add(section)
	}
	s.Add(ledger.Links, ledger.Entry{Name: "eth0", State: "device mtu 1500 up"})
	s.Add(ledger.Sysctls, ledger.Entry{Name: "net.ipv4.ip_forward", State: "0"})
	if e.Name != "" {
		s.Add(section, e)
	}
	for _, f := range others {
		f(&s)
	}
	return s
}

func TestCompare_tellsWhoseAChangeIs(t *testing.T) {
	none := with("", ledger.Entry{})
	still := with("", ledger.Entry{}, func(s *ledger.Snapshot) { s.Engine = ledger.EngineStill })
	for _, row := range []struct {
		name          string
		before, after ledger.Snapshot
		whose         ledger.Owner
		wrong         bool
	}{
		{"a container of the run is left", none, with(ledger.Containers, ledger.Entry{Name: "gw", Run: run}), ledger.Ours, true},
		{"a container of the run is gone", with(ledger.Containers, ledger.Entry{Name: "gw", Run: run}), none, ledger.Ours, false},
		{"a container of another run", none, with(ledger.Containers, ledger.Entry{Name: "gw", Run: "other"}), ledger.Others, false},
		{"somebody's container", none, with(ledger.Containers, ledger.Entry{Name: "shop"}), ledger.Others, false},
		{"a namespace of the run is left", none, with(ledger.Namespaces, ledger.Entry{Name: "/run/x", Run: run}), ledger.Ours, true},
		{"a process of the run is left", none, with(ledger.Processes, ledger.Entry{Name: "7", Run: run}), ledger.Ours, true},
		{"a link of the engine's", none, with(ledger.Links, ledger.Entry{Name: "veth1", Owner: ledger.Engine}), ledger.Engine, false},
		{"a link without an owner", none, with(ledger.Links, ledger.Entry{Name: "nic-pod-a"}), ledger.Machine, true},
		{"a route without an owner", none, with(ledger.Routes, ledger.Entry{Name: "10.0.0.0/16 dev eth0"}), ledger.Machine, true},
		{"a rule that is gone", with(ledger.Rules, ledger.Entry{Name: "100: lookup 5"}), none, ledger.Machine, true},
		{"a table of somebody", none, with(ledger.Tables, ledger.Entry{Name: "inet watch", State: "0a1b"}), ledger.Machine, true},
		{"a table of the engine's", none, with(ledger.Tables, ledger.Entry{Name: "ip nat", Owner: ledger.Engine}), ledger.Engine, false},
		{"forwarding, with the engine", still, changed(none, "1"), ledger.Engine, false},
		{"what the kernel turns off with forwarding", redirecting("1", ledger.EngineStill), redirecting("0", ledger.EngineRuns), ledger.Engine, false},
		{"the same without an engine", redirecting("1", ledger.EngineRuns), redirecting("0", ledger.EngineRuns), ledger.Machine, true},
		{"a router's address, with the engine", still, with(ledger.Routes, ledger.Entry{Name: "fd00::/128 table 255 dev eth0 metric 0 type 4"}), ledger.Engine, false},
		{"a router's address, without it", none, with(ledger.Routes, ledger.Entry{Name: "fd00::/128 table 255 dev eth0 metric 0 type 4"}), ledger.Machine, true},
		{"another route, with the engine", still, with(ledger.Routes, ledger.Entry{Name: "10.0.0.0/16 table 254 dev eth0 metric 0 type 1"}), ledger.Machine, true},
		{"forwarding, without it", none, changed(none, "1"), ledger.Machine, true},
		{"what a kubelet sets", none, with(ledger.Sysctls, ledger.Entry{Name: "vm.overcommit_memory", State: "1"}), ledger.Kubelet, false},
		{"what a module brings", none, with(ledger.Sysctls, ledger.Entry{Name: "net.netfilter.nf_conntrack_acct", State: "0"}), ledger.Kernel, false},
	} {
		l := ledger.Compare(run, row.before, row.after, ledger.Gone)
		if len(l.Changes) != 1 || l.Changes[0].Whose != row.whose {
			t.Errorf("%s: got %v, want one change of %s", row.name, l.Changes, row.whose)
			continue
		}
		if err := l.Err(); (err != nil) != row.wrong || err != nil && !errors.Is(err, ledger.ErrUnclean) {
			t.Errorf("%s: got %v, want an error: %t", row.name, err, row.wrong)
		}
	}
}

// redirecting is a machine that accepts redirects, or does not.
func redirecting(state string, e ledger.EngineState) ledger.Snapshot {
	return with(ledger.Sysctls, ledger.Entry{Name: "net.ipv4.conf.all.accept_redirects", State: state}, func(s *ledger.Snapshot) { s.Engine = e })
}

// changed is a machine with another value of its parameter.
func changed(s ledger.Snapshot, value string) ledger.Snapshot {
	after := ledger.Snapshot{Engine: ledger.EngineRuns}
	for section, entries := range s.Entries {
		after.Add(section)
		for _, e := range entries {
			if section == ledger.Sysctls {
				e.State = value
			}
			after.Add(section, e)
		}
	}
	return after
}

// What was kept on purpose may stay; the machine's own must be as it was all the same.
func TestCompare_ofAKeptRun(t *testing.T) {
	before := with("", ledger.Entry{})
	after := with(ledger.Namespaces, ledger.Entry{Name: "/run/x", Run: run})
	if err := ledger.Compare(run, before, after, ledger.Kept).Err(); err != nil {
		t.Errorf("kept: %v", err)
	}
	if err := ledger.Compare(run, before, changed(after, "1"), ledger.Kept).Err(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("kept, and a parameter changed: %v", err)
	}
}

func TestCompare_ofNothing(t *testing.T) {
	s := with("", ledger.Entry{})
	l := ledger.Compare(run, s, s, ledger.Gone)
	if len(l.Changes) > 0 || l.Err() != nil || l.Compared[ledger.Links] != 1 || !strings.HasPrefix(l.String(), "clean: 2 entries compared, 0 changes") {
		t.Errorf("got %+v, %s", l, l)
	}
}

// A section that one of the two lacks is not compared, and it is said why.
func TestCompare_saysWhatWasNotRead(t *testing.T) {
	before, after := with("", ledger.Entry{}), with(ledger.Containers, ledger.Entry{Name: "gw", Run: run})
	after.Fail(ledger.Containers, errors.New("no answer"))
	l := ledger.Compare(run, before, after, ledger.Gone)
	if _, compared := l.Compared[ledger.Containers]; compared || l.Unread[ledger.Containers] != "no answer" || len(l.Changes) > 0 {
		t.Errorf("got %+v", l)
	}
}

// Several entries of one name, such as two routes, are one thing with several states.
func TestCompare_ofNamesakes(t *testing.T) {
	route := func(states ...string) ledger.Snapshot {
		s := with("", ledger.Entry{})
		for _, state := range states {
			s.Add(ledger.Routes, ledger.Entry{Name: "fe80::/64", State: state})
		}
		return s
	}
	if l := ledger.Compare(run, route("a", "b"), route("b", "a"), ledger.Gone); len(l.Changes) > 0 {
		t.Errorf("the same in another order: %v", l.Changes)
	}
	l := ledger.Compare(run, route("a", "b"), route("a"), ledger.Gone)
	if len(l.Changes) != 1 || l.Changes[0].String() != "routes changed fe80::/64: a; b → a (the machine's)" {
		t.Errorf("got %v", l.Changes)
	}
}
