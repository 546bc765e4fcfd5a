package link_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// cut is how long a test waits for an answer that must not come, where no
// counter can tell.
const cut = 300 * time.Millisecond

// vpc is a router with two guests of one subnet, wired as the fabric wires
// them: each guest has a veth of its own into the router, so that traffic
// between them crosses the router too.
//
//	web 10.0.0.6/24 ── r-web  router  r-db ── db 10.0.0.5/24
//	                     gateway 10.0.0.1
type vpc struct {
	router, web, db *netns.Namespace
	rules           nft.Ruleset
}

func newVPC(t *testing.T) *vpc {
	t.Helper()
	v := &vpc{router: newNamespace(t, "router"), web: newNamespace(t, "web"), db: newNamespace(t, "db")}
	must(t,
		link.SetSysctls(v.router, link.RouterSettings()),
		link.SetAddresses(v.router, "lo", prefix("127.0.0.1/8"), prefix("10.0.0.1/32")))
	v.attach(t, v.web, "r-web", prefix("10.0.0.6/24"))
	v.attach(t, v.db, "r-db", prefix("10.0.0.5/24"))
	must(t, link.ReplaceRoute(v.router, link.Route{Destination: prefix("0.0.0.0/0"), Kind: link.Blackhole}))
	serve(t, v.db, "10.0.0.5:5432")
	serve(t, v.db, "10.0.0.5:80")
	return v
}

func (v *vpc) attach(t *testing.T, guest *netns.Namespace, name string, address netip.Prefix) {
	t.Helper()
	must(t,
		link.SetSysctls(guest, link.GuestSettings()),
		link.CreateVeth(link.End{Namespace: guest, Name: "eth1"}, link.End{Namespace: v.router, Name: name}),
		link.SetSysctls(v.router, link.RouterNICSettings(name)),
		link.SetUp(v.router, name), link.SetAddresses(guest, "eth1", address), link.SetUp(guest, "eth1"),
		link.AwaitCarrier(within(t, settle), v.router, name), link.AwaitCarrier(within(t, settle), guest, "eth1"),
		link.ReplaceRoute(guest, link.Route{Destination: prefix("0.0.0.0/0"), Gateway: addr("10.0.0.1"), Device: "eth1"}),
		link.ReplaceRoute(v.router, link.Route{Destination: netip.PrefixFrom(address.Addr(), 32), Device: name}))
}

// guard puts a security group before the db's NIC that admits these rules.
func (v *vpc) guard(t *testing.T, admit ...nft.Rule) {
	t.Helper()
	chain := nft.Chain{Name: "sg-db", Rules: []nft.Rule{
		{Name: "sg-db/live", Match: nft.Match{CtState: nft.CtEstablished | nft.CtRelated}, Verdict: nft.Accept()},
	}}
	chain.Rules = append(chain.Rules, admit...)
	chain.Rules = append(chain.Rules, nft.Rule{Name: "sg-db/default-drop", Verdict: nft.Drop()})
	rules := nft.Ruleset{Tables: []nft.Table{{Name: "vpc", Chains: []nft.Chain{
		{
			Name: "nics", Base: &nft.Base{Hook: nft.Forward},
			Rules: []nft.Rule{{Match: nft.Match{OutIface: "r-db"}, Verdict: nft.Goto("sg-db")}},
		},
		chain,
		// Whatever happens, the router itself must never speak.
		{Name: "own", Base: &nft.Base{Hook: nft.Output}, Rules: []nft.Rule{
			{Name: "router/speaks", Match: nft.Match{Protocol: nft.ICMP}, Verdict: nft.Continue()},
		}},
	}}}}
	if _, err := nft.Apply(v.router, v.rules, rules); err != nil {
		t.Fatal(err)
	}
	v.rules = rules
}

func (v *vpc) counts(t *testing.T) nft.Counts {
	t.Helper()
	counts, err := nft.Counters(v.router, "vpc")
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func admitPostgres() nft.Rule {
	return nft.Rule{
		Name: "sg-db/postgres",
		Match: nft.Match{
			Source: prefix("10.0.0.6/32"), Protocol: nft.TCP, DestinationPorts: nft.Port(5432), CtState: nft.CtNew,
		},
		Verdict: nft.Accept(),
	}
}

func TestRouter_carries_traffic_inside_one_subnet(t *testing.T) {
	v := newVPC(t)
	start := time.Now()
	seen, err := reach(t, v.web, "tcp4", "10.0.0.5:5432")
	if err != nil || seen != addr("10.0.0.6") {
		t.Fatalf("the db saw %v, error %v; want the web's own address", seen, err)
	}
	// With the kernel's proxy_delay the first answer takes up to 0.8 s.
	if took := time.Since(start); took > 400*time.Millisecond {
		t.Errorf("the first connection took %v", took)
	}
	must(t, reachError(t, v.web, "tcp4", "10.0.0.5:80"), reachError(t, v.web, "udp4", "10.0.0.5:80"))
}

func reachError(t *testing.T, from *netns.Namespace, network, address string) error {
	t.Helper()
	_, err := reach(t, from, network, address)
	return err
}

func TestRouter_drops_one_nic_silently_and_counts(t *testing.T) {
	v := newVPC(t)
	v.guard(t, admitPostgres())
	before := v.counts(t)
	must(t, reachError(t, v.web, "tcp4", "10.0.0.5:5432"))
	if moved := v.counts(t).Since(before); moved["sg-db/postgres"].Packets != 1 || moved["sg-db/default-drop"].Packets != 0 {
		t.Errorf("an admitted connection moved %v", moved)
	}

	before = v.counts(t)
	conn, err := dial(t, v.web, "udp4", "10.0.0.5:80", settle)
	must(t, err)
	for i := range 3 {
		if _, err := conn.Write([]byte{byte(i)}); err != nil {
			t.Errorf("datagram %d: %v; want silence, not an ICMP error", i, err)
		}
	}
	eventually(t, func() (bool, string) {
		moved := v.counts(t).Since(before)
		return moved["sg-db/default-drop"].Packets == 3, fmt.Sprintf("moved %v", moved)
	})
	moved := v.counts(t).Since(before)
	if len(moved) != 1 || moved["sg-db/default-drop"].Bytes != 3*(20+8+1) {
		t.Errorf("moved %v; want the default drop alone, 3 packets of 29 bytes", moved)
	}
	// Nor for a destination that no route but the blackhole has.
	lost, err := dial(t, v.web, "udp4", "203.0.113.1:80", settle)
	must(t, err)
	_, err = lost.Write([]byte{0})
	must(t, err)
	must(t, reachError(t, v.web, "tcp4", "10.0.0.5:5432"))
	if said := v.counts(t)["router/speaks"]; said.Packets != 0 {
		t.Errorf("the router sent %d ICMP messages", said.Packets)
	}
}

func TestFlushConntrack_cuts_what_a_changed_rule_left_alive(t *testing.T) {
	v := newVPC(t)
	v.guard(t, admitPostgres())
	conn, err := dial(t, v.web, "tcp4", "10.0.0.5:5432", settle)
	must(t, err)
	if _, err := ask(conn, settle); err != nil {
		t.Fatal(err)
	}
	v.guard(t) // nothing is admitted now
	if _, err := ask(conn, settle); err != nil {
		t.Fatalf("the live connection without flush: %v; want it to go on", err)
	}
	db := link.ToAny(prefix("10.0.0.5/32"))
	flows, err := link.Flows(v.router, db)
	must(t, err)
	if len(flows) != 1 || flows[0].Destination != netip.MustParseAddrPort("10.0.0.5:5432") ||
		flows[0].ReplyDestination.Addr() != addr("10.0.0.6") || flows[0].Protocol != 6 {
		t.Fatalf("tracked are %v; want the one connection", flows)
	}
	if n, err := link.FlushConntrack(v.router, link.ToAny(prefix("10.0.0.6/32"))); err != nil || n != 0 {
		t.Errorf("flush towards web: %d, error %v; want none", n, err)
	}
	if n, err := link.FlushConntrack(v.router, db); err != nil || n != 1 {
		t.Fatalf("flush towards db: %d, error %v; want 1", n, err)
	}
	// Only now: until the flush a late acknowledgement is of the live connection.
	before := v.counts(t)
	if _, err := ask(conn, cut); err == nil {
		t.Error("the flushed connection goes on")
	}
	if moved := v.counts(t).Since(before); moved["sg-db/default-drop"].Packets == 0 || len(moved) != 1 {
		t.Errorf("moved %v; want the default drop alone", moved)
	}
	// Opening the group again admits new connections only: the old one's
	// packets start no entry.
	v.guard(t, admitPostgres())
	must(t, reachError(t, v.web, "tcp4", "10.0.0.5:5432"))
	before = v.counts(t)
	eventually(t, func() (bool, string) { // the old connection's retransmission
		moved := v.counts(t).Since(before)
		return moved["sg-db/default-drop"].Packets > 0, fmt.Sprintf("moved %v", moved)
	})
}

func TestMasquerade_changes_the_source_that_the_server_sees(t *testing.T) {
	a, b := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
	must(t, link.SetAddresses(a, "lo", prefix("127.0.0.1/8"), prefix("10.244.0.5/32")))
	must(t, link.ReplaceRoute(b, link.Route{Destination: prefix("10.244.0.0/16"), Gateway: addr("10.0.0.1"), Device: "eth0"}))
	serve(t, b, "10.0.0.2:80")
	rules := nft.Ruleset{Tables: []nft.Table{{Name: "t", Chains: []nft.Chain{{
		Name: "post", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT},
		Rules: []nft.Rule{{Name: "masq", Match: nft.Match{Source: prefix("10.244.0.0/16")}, Verdict: nft.Masquerade()}},
	}}}}}
	see := func() netip.Addr {
		var conn net.Conn
		must(t, a.Do(func() (err error) {
			dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(10, 244, 0, 5)}, Timeout: settle}
			conn, err = dialer.DialContext(t.Context(), "tcp4", "10.0.0.2:80")
			return err
		}))
		defer func() { _ = conn.Close() }()
		seen, err := ask(conn, settle)
		must(t, err)
		return seen
	}
	if seen := see(); seen != addr("10.244.0.5") {
		t.Errorf("without rule the server saw %v; want the pod", seen)
	}
	_, err := nft.Apply(a, nft.Ruleset{}, rules)
	must(t, err)
	if seen := see(); seen != addr("10.0.0.1") {
		t.Errorf("with rule the server saw %v; want the node", seen)
	}
	flows, err := link.Flows(a, link.Between(6, addr("10.244.0.5"), netip.MustParseAddrPort("10.0.0.2:80")))
	must(t, err)
	translated := false
	for _, f := range flows {
		translated = translated || f.ReplyDestination.Addr() == addr("10.0.0.1")
	}
	if !translated {
		t.Errorf("tracked are %v; want one answered to the node", flows)
	}
}
