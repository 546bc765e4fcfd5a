package nft_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

func apply(t testing.TB, ns *netns.Namespace, last, next nft.Ruleset) {
	t.Helper()
	change, err := nft.Apply(ns, last, next)
	if err != nil {
		t.Fatal(err)
	}
	if change != nft.Changed {
		t.Fatal("nothing was applied")
	}
}

func counters(t testing.TB, ns *netns.Namespace, table string) nft.Counts {
	t.Helper()
	counts, err := nft.Counters(ns, table)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// findNft returns the nft binary, which most machines have and none needs.
func findNft(t testing.TB) string {
	t.Helper()
	for _, path := range []string{"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// runNft runs nft inside a namespace.
func runNft(t testing.TB, ns *netns.Namespace, nft, stdin string, args ...string) string {
	t.Helper()
	var output []byte
	err := ns.Do(func() (err error) {
		command := exec.CommandContext(t.Context(), nft, args...)
		command.Stdin = strings.NewReader(stdin)
		output, err = command.CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("nft %v: %v\n%s\n%s", args, err, output, stdin)
	}
	return string(output)
}

func TestApply_means_what_String_says(t *testing.T) {
	path := findNft(t)
	if path == "" {
		t.Log("no nft binary here: the text is compared with golden files only")
		return
	}
	for name, rules := range map[string]nft.Ruleset{"everything": everything(), "large": large()} {
		if name == "large" && netns.InUserNamespace() {
			t.Log("large: the nft binary may not send 500 rules at once without root; Apply may")
			continue
		}
		byText, byNetlink := newNamespace(t, "text"), newNamespace(t, "netlink")
		runNft(t, byText, path, rules.String(), "-f", "-")
		apply(t, byNetlink, nft.Ruleset{}, rules)
		want, got := runNft(t, byText, path, "", "list", "ruleset"), runNft(t, byNetlink, path, "", "list", "ruleset")
		if diff := golden.Diff(sortObjects(want), sortObjects(got)); diff != "" || want == "" {
			t.Errorf("%s: the kernel has other rules by netlink (+) than by text (-):\n%s", name, diff)
		}
	}
}

// sortObjects sorts the counters of a listing: the kernel keeps them in the
// order of a hash table.
func sortObjects(listing string) string {
	blocks := regexp.MustCompile(`(?m)^\tcounter [^\n]*\{\n[^\n]*\n\t\}\n\n?`).FindAllString(listing, -1)
	for _, b := range blocks {
		listing = strings.Replace(listing, b, "", 1)
	}
	slices.Sort(blocks)
	return strings.Join(blocks, "") + listing
}

func TestApply_of_the_same_rules_changes_nothing(t *testing.T) {
	ns := newNamespace(t, "a")
	apply(t, ns, nft.Ruleset{}, everything())
	change, err := nft.Apply(ns, everything(), everything())
	if err != nil || change != nft.Unchanged {
		t.Errorf("changed is %v, error %v; want neither", change, err)
	}
	// The order of tables says nothing.
	two := func(a, b string) nft.Ruleset { return nft.Ruleset{Tables: []nft.Table{{Name: a}, {Name: b}}} }
	apply(t, ns, nft.Ruleset{}, two("one", "two"))
	if change, err := nft.Apply(ns, two("one", "two"), two("two", "one")); err != nil || change != nft.Unchanged {
		t.Errorf("in another order: changed is %v, error %v; want neither", change, err)
	}
	// Unknown former rules are replaced as well as known ones.
	apply(t, ns, nft.Ruleset{}, everything())
}

func TestApply_replaces_only_tables_that_differ(t *testing.T) {
	ns := newNamespace(t, "a")
	table := func(name, rule string) nft.Table {
		return nft.Table{Name: name, Chains: []nft.Chain{{
			Name: "out", Base: &nft.Base{Hook: nft.Output},
			Rules: []nft.Rule{{Name: rule, Verdict: nft.Continue()}},
		}}}
	}
	before := nft.Ruleset{Tables: []nft.Table{table("kept", "k"), table("changed", "c"), table("gone", "g")}}
	after := nft.Ruleset{Tables: []nft.Table{table("kept", "k"), table("changed", "d")}}
	apply(t, ns, nft.Ruleset{}, before)
	sendDatagrams(t, ns, 3)
	for _, name := range []string{"kept", "changed", "gone"} {
		for rule, count := range counters(t, ns, name) {
			if count.Packets != 3 || count.Bytes != 3*(20+8+1) {
				t.Errorf("%s counted %+v; want 3 packets of 29 bytes", rule, count)
			}
		}
	}
	apply(t, ns, before, after)
	if got := counters(t, ns, "kept")["k"].Packets; got != 3 {
		t.Errorf("the table that is the same counts %d; want it to keep its 3", got)
	}
	if got := counters(t, ns, "changed"); len(got) != 1 || got["d"].Packets != 0 {
		t.Errorf("the changed table counts %v; want d at 0", got)
	}
	if _, err := nft.Counters(ns, "gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the removed table: got %v; want %v", err, fs.ErrNotExist)
	}
}

// A chain that is the same is not touched, a counter goes on as long as there is a rule
// of its name, and what the kernel has is what the whole ruleset would have made.
func TestApply_amends_chains_that_differ(t *testing.T) {
	out := func(rules ...string) nft.Table {
		c := nft.Chain{Name: "out", Base: &nft.Base{Hook: nft.Output}, Rules: []nft.Rule{{Verdict: nft.Jump("same")}}}
		for _, r := range rules {
			c.Rules = append(c.Rules, nft.Rule{Name: r, Verdict: nft.Continue()})
		}
		return nft.Table{Name: "t", Chains: []nft.Chain{c, {Name: "same", Rules: []nft.Rule{{Name: "untouched", Verdict: nft.Continue()}}}}}
	}
	of := func(t nft.Table) nft.Ruleset { return nft.Ruleset{Tables: []nft.Table{t}} }
	ns, fresh := newNamespace(t, "a"), newNamespace(t, "b")
	before, after := of(out("goes", "stays")), of(out("stays", "comes"))
	apply(t, ns, nft.Ruleset{}, before)
	sendDatagrams(t, ns, 3)
	apply(t, ns, before, after)
	sendDatagrams(t, ns, 2)
	got := counters(t, ns, "t")
	for rule, want := range map[string]uint64{"untouched": 5, "stays": 5, "comes": 2} {
		if got[rule].Packets != want {
			t.Errorf("%s counts %d, want %d", rule, got[rule].Packets, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("counters %v, want none of the rule that is gone", got)
	}
	if path := findNft(t); path != "" {
		apply(t, fresh, nft.Ruleset{}, after)
		sendDatagrams(t, fresh, 2)
		counted := regexp.MustCompile(`packets \d+ bytes \d+`)
		want, have := runNft(t, fresh, path, "", "list", "ruleset"), runNft(t, ns, path, "", "list", "ruleset")
		if diff := golden.Diff(sortObjects(counted.ReplaceAllString(want, "")), sortObjects(counted.ReplaceAllString(have, ""))); diff != "" {
			t.Errorf("the kernel has other rules when amended (+) than when fresh (-):\n%s", diff)
		}
	}
	// The table that was known is gone: the rules come all the same.
	apply(t, ns, after, nft.Ruleset{})
	apply(t, ns, before, after)
	if got := counters(t, ns, "t"); len(got) != 3 {
		t.Errorf("counters %v after a table that was gone", got)
	}
}

// sendDatagrams sends UDP datagrams of one byte over loopback to nobody.
func sendDatagrams(t testing.TB, ns *netns.Namespace, n int) {
	t.Helper()
	var conn net.PacketConn
	err := ns.Do(func() (err error) {
		conn, err = (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		// To itself, so that no ICMP error adds to the count.
		if _, err := conn.WriteTo([]byte{0}, conn.LocalAddr()); err != nil {
			t.Error(err)
		}
	}
	_ = conn.Close()
}

func TestApply_refused_by_the_kernel_leaves_everything_as_it_was(t *testing.T) {
	ns := newNamespace(t, "router")
	apply(t, ns, nft.Ruleset{}, everything())
	before := counters(t, ns, "vpc-a")
	// Two chains that jump to each other are beyond Validate, not beyond the
	// kernel.
	loop := nft.Ruleset{Tables: []nft.Table{{Name: "vpc-a", Chains: []nft.Chain{
		{Name: "a", Base: &nft.Base{Hook: nft.Forward}, Rules: []nft.Rule{{Name: "to-b", Verdict: nft.Jump("b")}}},
		{Name: "b", Rules: []nft.Rule{{Name: "to-c", Verdict: nft.Jump("c")}}},
		{Name: "c", Rules: []nft.Rule{{Name: "back", Verdict: nft.Jump("b")}}},
	}}}}
	change, err := nft.Apply(ns, everything(), loop)
	if change != nft.Unchanged || !errors.Is(err, unix.ELOOP) && !errors.Is(err, unix.EMLINK) {
		t.Fatalf("changed is %v, error %v; want a refusal for the loop", change, err)
	}
	if !strings.HasPrefix(err.Error(), "apply rules to router: rule ") {
		t.Errorf("error %q does not name the namespace and the rule", err)
	}
	after := counters(t, ns, "vpc-a")
	if len(after) != len(before) {
		t.Errorf("%d counters before, %d after", len(before), len(after))
	}
	// The socket is in order after a refusal.
	if change, err := nft.Apply(ns, nft.Ruleset{}, everything()); err != nil || change != nft.Changed {
		t.Errorf("afterwards: changed is %v, error %v", change, err)
	}
}

func TestApply_large_rulesets_in_one_transaction(t *testing.T) {
	ns := newNamespace(t, "a")
	apply(t, ns, nft.Ruleset{}, large())
	if got := len(counters(t, ns, "vpc")); got != 500 {
		t.Errorf("%d counters; want 500", got)
	}
	apply(t, ns, large(), nft.Ruleset{})
	if _, err := nft.Counters(ns, "vpc"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after removal: got %v; want %v", err, fs.ErrNotExist)
	}
}

func TestApply_rejects_what_Validate_rejects(t *testing.T) {
	ns := newNamespace(t, "a")
	bad := nft.Ruleset{Tables: []nft.Table{{Name: "t", Chains: []nft.Chain{{Name: "c", Rules: []nft.Rule{{}}}}}}}
	if _, err := nft.Apply(ns, nft.Ruleset{}, bad); err == nil || !strings.Contains(err.Error(), "verdict is missing") {
		t.Errorf("got %v; want the missing verdict", err)
	}
}
