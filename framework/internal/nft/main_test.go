package nft_test

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func newNamespace(t testing.TB, name string) *netns.Namespace {
	t.Helper()
	ns, err := netns.New(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// everything uses each feature of the model at least once.
func everything() nft.Ruleset {
	return nft.Ruleset{Tables: []nft.Table{{
		Name: "vpc-a",
		Sets: []nft.Set{
			{Name: "sg-node", Elements: []netip.Prefix{
				prefix("10.1.0.4/32"), prefix("10.0.0.0/16"), prefix("10.0.3.0/24"), prefix("192.168.0.10/32"),
			}},
			{Name: "sg-empty"},
			{Name: "everyone", Elements: []netip.Prefix{prefix("0.0.0.0/0")}},
			{Name: "upper", Elements: []netip.Prefix{prefix("192.0.0.0/3"), prefix("224.0.0.0/3")}},
		},
		Chains: []nft.Chain{
			{
				Name: "raw", Base: &nft.Base{Hook: nft.Prerouting, Priority: nft.PriorityRaw},
				Rules: []nft.Rule{
					{Match: nft.Match{InIface: "mgmt"}, Verdict: nft.Notrack()},
					{Match: nft.Match{InIface: "r-dbvm0"}, Verdict: nft.SetMark(5, ^uint32(0))},
					{Match: nft.Match{Mark: nft.ExactMark(5)}, Verdict: nft.SetMark(0x10, 0xff0)},
					{Match: nft.Match{Mark: nft.Mark{Value: 0x10, Mask: 0xf0}}, Verdict: nft.Continue(), Name: "marked/seen"},
				},
			},
			{
				Name: "forward", Base: &nft.Base{Hook: nft.Forward, Policy: nft.PolicyDrop},
				Rules: []nft.Rule{
					{Match: nft.Match{OutIface: "r-dbvm0"}, Verdict: nft.Jump("sg-db/in")},
					{Match: nft.Match{NotInIface: "r-dbvm0", NotOutIface: "r-webvm0"}, Verdict: nft.Goto("sg-db/in")},
					{Name: "forward/too-big", Match: nft.Match{OutIface: "r-vpn", LongerThan: 1400}, Verdict: nft.Drop()},
					{Match: nft.Match{OutIface: "r-vpn", Protocol: nft.TCP, TCPFlags: nft.SYN}, Verdict: nft.ClampSegments(1300)},
					{Name: "forward/told", Match: nft.Match{OutIface: "r-told", Protocol: nft.TCP}, Verdict: nft.Reset()},
					{Name: "forward/rest", Verdict: nft.Drop()},
				},
			},
			{
				Name: "leave", Base: &nft.Base{Hook: nft.Postrouting, Priority: 300},
				Rules: []nft.Rule{
					{Name: "leave/slow", Match: nft.Match{OutIface: "r-dbvm0", OneIn: 4}, Verdict: nft.Class(1, 0x20)},
				},
			},
			{Name: "sg-db/in", Rules: []nft.Rule{
				{Match: nft.Match{CtState: nft.CtEstablished | nft.CtRelated}, Verdict: nft.Accept()},
				{Name: "sg-db/invalid", Match: nft.Match{CtState: nft.CtInvalid}, Verdict: nft.Drop()},
				{
					Name: "sg-db/postgres", Comment: "admit nodes → 5432",
					Match: nft.Match{
						SourceSet: "sg-node", Destination: prefix("10.1.0.0/16"), Protocol: nft.TCP,
						DestinationPorts: nft.Port(5432), CtState: nft.CtNew,
					},
					Verdict: nft.Accept(),
				},
				{Name: "sg-db/udp", Match: nft.Match{
					NotSource: prefix("10.2.0.0/15"), NotDestination: prefix("10.1.0.7/32"), Protocol: nft.UDP,
					SourcePorts: nft.Ports{First: 1, Last: 1023}, DestinationPorts: nft.Ports{First: 30000, Last: 32767},
				}, Verdict: nft.Return()},
				{Name: "sg-db/ping", Match: nft.Match{
					NotSourceSet: "sg-empty", NotDestinationSet: "sg-node", DestinationSet: "everyone",
					Protocol: nft.ICMP, ICMPType: nft.EchoRequest,
				}, Verdict: nft.Accept()},
				{Name: "sg-db/pong", Match: nft.Match{Protocol: nft.ICMP, ICMPType: nft.EchoReply}, Verdict: nft.Accept()},
				{Name: "sg-db/any-source", Match: nft.Match{Source: prefix("0.0.0.0/0")}, Verdict: nft.Continue()},
				{Name: "sg-db/default-drop", Verdict: nft.Drop()},
			}},
			{
				Name: "post", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT},
				Rules: []nft.Rule{
					{Match: nft.Match{Source: prefix("10.244.0.0/16")}, Verdict: nft.SNAT(netip.MustParseAddr("10.1.0.9"))},
					{Name: "masqueraded", Match: nft.Match{Protocol: 47}, Verdict: nft.Masquerade()},
				},
			},
			{
				Name: "pre", Base: &nft.Base{Type: nft.NAT, Hook: nft.Prerouting, Priority: nft.PriorityDestNAT},
				Rules: []nft.Rule{
					{Match: nft.Match{Destination: prefix("198.51.100.1/32")}, Verdict: nft.DNAT(netip.MustParseAddr("10.1.0.9"))},
					{
						Match:   nft.Match{Protocol: nft.TCP, DestinationPorts: nft.Port(8080), CtDirection: nft.Original},
						Verdict: nft.DNATTo(netip.MustParseAddrPort("10.1.0.9:80")),
					},
					{Match: nft.Match{CtStatus: nft.CtSourceNAT | nft.CtDestNAT, CtDirection: nft.Reply}, Verdict: nft.Return()},
				},
			},
		},
	}}}
}

// large is a ruleset of 500 rules as the fabric makes them: one chain per NIC,
// ten rules each, half of them referring to a set.
func large() nft.Ruleset {
	table := nft.Table{Name: "vpc", Sets: []nft.Set{{Name: "sg-node"}}}
	for i := range 200 {
		table.Sets[0].Elements = append(table.Sets[0].Elements,
			netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 3, byte(i), 1}), 32))
	}
	forward := nft.Chain{Name: "forward", Base: &nft.Base{Hook: nft.Forward}}
	var chains []nft.Chain
	for nic := range 50 {
		chain := nft.Chain{Name: fmt.Sprintf("nic-%d", nic)}
		for rule := range 9 {
			match := nft.Match{Protocol: nft.TCP, DestinationPorts: nft.Port(uint16(1000 + rule)), CtState: nft.CtNew}
			if rule%2 == 0 {
				match.SourceSet = "sg-node"
			} else {
				match.Source = prefix("10.0.0.0/16")
			}
			chain.Rules = append(chain.Rules, nft.Rule{
				Name: fmt.Sprintf("nic-%d/sg-node/rule-%d", nic, rule), Match: match, Verdict: nft.Accept(),
			})
		}
		chains = append(chains, chain)
		forward.Rules = append(forward.Rules, nft.Rule{
			Name:  fmt.Sprintf("nic-%d/in", nic),
			Match: nft.Match{OutIface: fmt.Sprintf("r-nic%d", nic)}, Verdict: nft.Jump(chain.Name),
		})
	}
	table.Chains = append(chains, forward)
	return nft.Ruleset{Tables: []nft.Table{table}}
}
