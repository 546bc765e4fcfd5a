package nft_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

func TestRuleset_String(t *testing.T) {
	if err := everything().Validate(); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/everything.nft", everything().String())
}

func TestRuleset_Validate_reports_all_problems_at_once(t *testing.T) {
	rules := nft.Ruleset{Tables: []nft.Table{
		{Name: "a b"},
		{
			Name: "t",
			Sets: []nft.Set{{Name: "s", Elements: []netip.Prefix{prefix("10.0.0.1/8"), prefix("fd00::/8")}}, {Name: "s"}},
			Chains: []nft.Chain{
				{Name: "drop"},
				{Name: "c", Base: &nft.Base{}, Rules: []nft.Rule{
					{},
					{Name: "r", Verdict: nft.Jump("nowhere")},
					{Name: "r", Match: nft.Match{
						InIface: "much-too-long-name", NotSource: prefix("0.0.0.0/0"), SourceSet: "none",
						DestinationPorts: nft.Ports{First: 2, Last: 1}, ICMPType: nft.EchoReply, CtState: 32,
						Mark: nft.Mark{Value: 2, Mask: 1},
					}, Verdict: nft.Masquerade()},
					{Match: nft.Match{TCPFlags: nft.SYN, LongerThan: -1}, Verdict: nft.ClampSegments(0)},
					{Verdict: nft.Reset()},
					{Comment: `a "quote"`, Verdict: nft.SetMark(1, 0)},
					{Name: strings.Repeat("n", 256), Verdict: nft.SNAT(netip.Addr{})},
				}},
			},
		},
		{Name: "t"},
	}}
	err := rules.Validate()
	if err == nil {
		t.Fatal("no problem found")
	}
	golden.Assert(t, "testdata/problems.txt", strings.ReplaceAll(err.Error(), strings.Repeat("n", 256), "n…n")+"\n")
}

func TestName_makes_words_of_nft_grammar(t *testing.T) {
	for want, parts := range map[string][]string{
		"sg-db/in/default-drop":       {"sg-db", "in", "default-drop"},
		"sg-db_admits_container_CIDR": {"sg-db admits container CIDR"},
		"x10.0.0.0/8":                 {"10.0.0.0/8"},
		"x":                           nil,
	} {
		if got := nft.Name(parts...); got != want {
			t.Errorf("Name(%q) is %q; want %q", parts, got, want)
		}
	}
}

func TestRuleset_Equal(t *testing.T) {
	if !everything().Equal(everything()) {
		t.Error("two copies differ")
	}
	other := everything()
	other.Tables[0].Chains[1].Rules[0].Match.OutIface = "r-other0"
	if everything().Equal(other) {
		t.Error("a changed rule goes unnoticed")
	}
	if (nft.Ruleset{}).Equal(other) {
		t.Error("the empty ruleset equals another")
	}
}

func TestCounts_Since(t *testing.T) {
	before := nft.Counts{"a": {Packets: 1, Bytes: 10}, "b": {Packets: 2, Bytes: 20}, "restarted": {Packets: 9, Bytes: 90}}
	now := nft.Counts{
		"a": {Packets: 1, Bytes: 10}, "b": {Packets: 5, Bytes: 60},
		"new": {Packets: 1, Bytes: 7}, "restarted": {Packets: 2, Bytes: 8},
	}
	moved := now.Since(before)
	want := nft.Counts{
		"b": {Packets: 3, Bytes: 40}, "new": {Packets: 1, Bytes: 7}, "restarted": {Packets: 2, Bytes: 8},
	}
	if len(moved) != len(want) {
		t.Errorf("moved %v; want %v", moved, want)
	}
	for name := range want {
		if moved[name] != want[name] {
			t.Errorf("%s moved %v; want %v", name, moved[name], want[name])
		}
	}
}
