package probe_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// nameServer answers questions for names until the test ends: for some with an address, for one with garbage, and for one not at all.
func nameServer(t *testing.T, n *netns.Namespace) netip.AddrPort {
	t.Helper()
	at := netip.AddrPortFrom(loopback(), 5353)
	conn, err := probe.Within(n.Do).ListenPacket(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 512)
		for {
			size, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			answerName(conn, buffer[:size], from)
		}
	}()
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return at
}

func answerName(conn *net.UDPConn, query []byte, from netip.AddrPort) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		return
	}
	m.Response = true
	switch m.Questions[0].Name.String() {
	case "app-server.":
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: [4]byte{192, 168, 10, 25}},
		}}
	case "nobody.":
		m.RCode = dnsmessage.RCodeNameError
	case "broken.":
		m.RCode = dnsmessage.RCodeServerFailure
	case "another.":
		m.ID++
	case "garbage.":
		_, _ = conn.WriteToUDPAddrPort([]byte("no answer"), from)
		return
	case "silent.":
		return
	}
	if response, err := m.Pack(); err == nil {
		_, _ = conn.WriteToUDPAddrPort(response, from)
	}
}

// What a DNS server says about a name is told apart, here and behind a control connection, alone and as traffic.
func TestAsk_names(t *testing.T) {
	n := isolated(t)
	at := nameServer(t, n)
	agent := local(t, "pod-a", n)
	for _, c := range []struct {
		name    string
		port    uint16
		outcome probe.Outcome
		server  string
		code    string
	}{
		{"app-server", at.Port(), probe.Answered, "192.168.10.25", ""},
		{"nobody", at.Port(), probe.Denied, "", verdict.NoSuchName},
		{"broken", at.Port(), probe.Denied, "", ""},
		{"another", at.Port(), probe.Denied, "", ""},
		{"garbage", at.Port(), probe.Denied, "", ""},
		{"silent", at.Port(), probe.Timeout, "", ""},
		{"app-server", 53, probe.Refused, "", ""},
	} {
		q := probe.Question{Protocol: probe.UDP, Target: at.Addr(), Port: c.port, Name: c.name, Timeout: 100 * time.Millisecond, Interval: 20 * time.Millisecond}
		for where, asks := range map[string]probe.Agent{"here": agent, "remote": remote(t, agent)} {
			a := one(t, asks, q)
			if a.Outcome != c.outcome || a.Server != c.server || a.Code != c.code || a.Sent != 1 || a.Transcript == "" {
				t.Errorf("%s, %s, port %d: %+v", where, c.name, c.port, a)
			}
		}
		told := 0
		traffic := probe.Traffic{Questions: []probe.Question{q}, Lasting: 300 * time.Millisecond}
		_, err := agent.Traffic(t.Context(), traffic, func(events []probe.Event) {
			for _, e := range events {
				told++
				if e.Outcome != c.outcome || e.Server != c.server || e.Code != c.code {
					t.Errorf("traffic, %s, port %d: %+v", c.name, c.port, e)
				}
			}
		})
		if err != nil || told == 0 {
			t.Errorf("%s: %d operations, %v", c.name, told, err)
		}
	}
}
