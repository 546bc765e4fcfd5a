package nft_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// recording notes what leaves by the loopback interface, in as many kinds as there is
// room for, and under which mark.
func recording(room int) nft.Ruleset {
	passed, marked := nft.Record{Name: "passed", Size: room}, nft.Record{Name: "marked", Last: nft.ByMark, Size: room}
	return nft.Ruleset{Tables: []nft.Table{{
		Name: "watch", Records: []nft.Record{passed, marked},
		Chains: []nft.Chain{
			{Name: "left", Base: &nft.Base{Hook: nft.Postrouting}, Rules: []nft.Rule{
				{Match: nft.Match{Protocol: nft.UDP}, Verdict: nft.Jump("note-passed")},
				{Match: nft.Match{Protocol: nft.UDP}, Verdict: nft.SetMark(0x80000007, ^uint32(0))},
				{Match: nft.Match{Mark: nft.ExactMark(0x80000007)}, Verdict: nft.Jump("note-marked")},
			}},
			{Name: "note-passed", Rules: []nft.Rule{{Verdict: nft.Note(passed)}, {Name: "missed", Verdict: nft.Continue()}}},
			{Name: "note-marked", Rules: []nft.Rule{{Verdict: nft.Note(marked)}}},
		},
	}}}
}

// send sends datagrams to ports of the loopback address and returns from where.
func send(t *testing.T, ns *netns.Namespace, ports ...int) (from uint16) {
	t.Helper()
	err := ns.Do(func() error {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		for _, port := range ports {
			if _, err := c.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err != nil {
				return errors.Join(err, c.Close())
			}
		}
		local, err := netip.ParseAddrPort(c.LocalAddr().String())
		from = local.Port()
		return errors.Join(err, c.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func noted(t *testing.T, ns *netns.Namespace, record string) nft.Notes {
	t.Helper()
	n, err := nft.Noted(ns, "watch", record)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func texts(n nft.Notes, detail func(nft.Packet) string) []string {
	var all []string
	for p, count := range n {
		all = append(all, fmt.Sprintf("%s, %s: %d", p, detail(p), count))
	}
	slices.Sort(all)
	return all
}

// A record says of every kind of packet how often it passed, and what of it was kept.
func TestNoted_says_what_passed(t *testing.T) {
	ns := newNamespace(t, "record")
	apply(t, ns, nft.Ruleset{}, recording(0))
	if n := noted(t, ns, "passed"); len(n) != 0 {
		t.Errorf("a new record has %v", n)
	}
	from := send(t, ns, 4001, 4001, 4002)
	out, mark := nft.Packet.OutIface, func(p nft.Packet) string { return fmt.Sprintf("%#x", p.Mark()) }
	got := append(texts(noted(t, ns, "passed"), out), texts(noted(t, ns, "marked"), mark)...)
	var want []string
	for _, detail := range []string{"lo", "0x80000007"} {
		want = append(want, fmt.Sprintf("udp 127.0.0.1:%d → 127.0.0.1:4001, %s: 2", from, detail),
			fmt.Sprintf("udp 127.0.0.1:%d → 127.0.0.1:4002, %s: 1", from, detail))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	before := noted(t, ns, "passed")
	again := send(t, ns, 4001)
	since := texts(noted(t, ns, "passed").Since(before), out)
	if want := fmt.Sprintf("udp 127.0.0.1:%d → 127.0.0.1:4001, lo: 1", again); len(since) != 1 || since[0] != want {
		t.Errorf("since then %q, want %q", since, want)
	}
	if err := nft.Clear(ns, "watch", "passed"); err != nil {
		t.Fatal(err)
	}
	if n := noted(t, ns, "passed"); len(n) != 0 {
		t.Errorf("a record that was cleared has %v", n)
	}
}

// What a record has no room for is counted by the rule behind it: nothing is missed in
// silence.
func TestNote_without_room_goes_on(t *testing.T) {
	ns := newNamespace(t, "record")
	apply(t, ns, nft.Ruleset{}, recording(2))
	send(t, ns, 4001, 4002, 4003, 4003, 4001)
	n, missed, err := nft.NotedAndCounted(ns, "watch", "passed", "missed")
	if err != nil || len(n) != 2 || missed.Packets != 2 {
		t.Errorf("noted %v, missed %d, %v; there is room for two kinds", n, missed.Packets, err)
	}
}

// A record that has no size grows with what passes.
func TestNoted_grows(t *testing.T) {
	ns := newNamespace(t, "record")
	apply(t, ns, nft.Ruleset{}, recording(0))
	const kinds = 3000
	ports := make([]int, kinds)
	for i := range ports {
		ports[i] = 10000 + i
	}
	send(t, ns, ports...)
	n, missed, err := nft.NotedAndCounted(ns, "watch", "passed", "missed")
	if err != nil || uint64(len(n))+missed.Packets != kinds {
		t.Errorf("noted %d, missed %d, %v; there were %d", len(n), missed.Packets, err, kinds)
	}
}

func TestNoted_of_nothing(t *testing.T) {
	ns := newNamespace(t, "record")
	if _, err := nft.Noted(ns, "watch", "passed"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	apply(t, ns, nft.Ruleset{}, recording(16))
	for _, names := range [][2]string{{"passed", "seen"}, {"seen", "missed"}, {"seen", "seen"}} {
		if _, _, err := nft.NotedAndCounted(ns, "watch", names[0], names[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("record %s, rule %s: got %v", names[0], names[1], err)
		}
	}
	if n := noted(t, ns, "passed"); len(n) != 0 {
		t.Errorf("after errors, got %v", n)
	}
	if err := nft.Clear(ns, "watch", "seen"); err == nil {
		t.Error("a record that is not there was cleared")
	}
}

func TestRecord_String(t *testing.T) {
	if err := recording(16).Validate(); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/record.nft", recording(16).String())
	if path := findNft(t); path != "" {
		runNft(t, newNamespace(t, "text"), path, recording(16).String(), "-c", "-f", "-")
	}
	wrong := recording(-1)
	wrong.Tables[0].Chains[1].Rules[0].Verdict = nft.Note(nft.Record{Name: "other", Size: 1})
	err := wrong.Validate()
	if err == nil || !strings.Contains(err.Error(), "of -1 kinds") || !strings.Contains(err.Error(), `no record "other"`) {
		t.Errorf("got %v", err)
	}
}

func TestListing_says_what_was_noted(t *testing.T) {
	ns := newNamespace(t, "record")
	apply(t, ns, nft.Ruleset{}, recording(16))
	send(t, ns, 4001)
	text, err := nft.Listing(ns)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"update @passed { ip saddr . ip daddr . meta l4proto . @th,0,32 . oifname counter } return",
		`127.0.0.1 . 127.0.0.1 . udp . 0x`, `. "lo" counter packets 1 bytes 29`, ". 0x80000007 counter packets 1 bytes 29",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not listed: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("listed:\n%s", text)
	}
}

// Whether a packet is of a kind is a question of addresses, protocol, ports and message.
func TestPacket_Is(t *testing.T) {
	ns := newNamespace(t, "record")
	apply(t, ns, nft.Ruleset{}, recording(16))
	from := send(t, ns, 4001)
	self := prefix("127.0.0.1/32")
	for p := range noted(t, ns, "passed") {
		at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(self.Addr(), port) }
		if same := nft.NewPacket(nft.UDP, at(from), at(4001)).Leaving("lo"); same != p {
			t.Errorf("made %v, noted %v", same, p)
		}
		whole := nft.Match{Source: self, Destination: self, Protocol: nft.UDP, SourcePorts: nft.Port(from), DestinationPorts: nft.Port(4001)}
		other := netip.MustParsePrefix("127.0.0.2/32")
		for i, m := range []nft.Match{{}, whole, {Protocol: nft.UDP}, {Source: self}} {
			if !p.Is(&m) {
				t.Errorf("%d: %s is not %s", i, p, m)
			}
		}
		for i, m := range []nft.Match{
			{Protocol: nft.TCP},
			{Source: other},
			{Destination: other},
			{SourcePorts: nft.Port(from + 1)},
			{DestinationPorts: nft.Port(4002)},
			{Protocol: nft.ICMP, ICMPType: nft.EchoRequest},
		} {
			if p.Is(&m) {
				t.Errorf("%d: %s is %s", i, p, m)
			}
		}
	}
}
