package probe

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// ipv4Datagram returns a datagram with a 24-byte header, so that nobody counts on 20.
func ipv4Datagram(source, target netip.Addr, protocol byte, payload []byte) []byte {
	d := make([]byte, 24, 24+len(payload))
	d[0], d[8], d[9] = 0x46, 63, protocol
	binary.BigEndian.PutUint16(d[2:], uint16(24+len(payload)))
	copy(d[12:16], source.AsSlice())
	copy(d[16:20], target.AsSlice())
	return append(d, payload...)
}

func marshal(t *testing.T, kind ipv4.ICMPType, code int, body icmp.MessageBody) []byte {
	t.Helper()
	data, err := (&icmp.Message{Type: kind, Code: code, Body: body}).Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEchoes_match(t *testing.T) {
	self, vm, router := netip.MustParseAddr("172.16.0.5"), netip.MustParseAddr("192.168.10.25"), netip.MustParseAddr("192.168.10.1")
	payload := []byte("vpcg12345678 and more")
	e := &echoes{target: vm, id: 7, payload: payload}
	reply := func(kind ipv4.ICMPType, id int, data []byte) []byte {
		return marshal(t, kind, 0, &icmp.Echo{ID: id, Seq: 3, Data: data})
	}
	request := reply(ipv4.ICMPTypeEcho, 7, payload)
	about := func(original []byte) []byte {
		return marshal(t, ipv4.ICMPTypeDestinationUnreachable, 13, &icmp.DstUnreach{Data: original})
	}
	tests := []struct {
		name     string
		datagram []byte
		want     bool
		rejected bool
	}{
		{"its own reply", ipv4Datagram(vm, self, 1, reply(ipv4.ICMPTypeEchoReply, 7, payload)), true, false},
		{"its own request, looped back", ipv4Datagram(vm, self, 1, request), false, false},
		{"a reply from someone else", ipv4Datagram(router, self, 1, reply(ipv4.ICMPTypeEchoReply, 7, payload)), false, false},
		{"another question's reply", ipv4Datagram(vm, self, 1, reply(ipv4.ICMPTypeEchoReply, 8, payload)), false, false},
		{"another process's reply with the same id", ipv4Datagram(vm, self, 1, reply(ipv4.ICMPTypeEchoReply, 7, []byte("ping"))), false, false},
		{"an error about its request", ipv4Datagram(router, self, 1, about(ipv4Datagram(self, vm, 1, request))), true, true},
		{"an error that embeds 8 bytes only", ipv4Datagram(router, self, 1, about(ipv4Datagram(self, vm, 1, request[:8]))), true, true},
		{"an error about another target", ipv4Datagram(router, self, 1, about(ipv4Datagram(self, router, 1, request))), false, false},
		{"an error about a UDP datagram", ipv4Datagram(router, self, 1, about(ipv4Datagram(self, vm, unix.IPPROTO_UDP, request))), false, false},
		{"an error that embeds too little", ipv4Datagram(router, self, 1, about(ipv4Datagram(self, vm, 1, request[:7]))), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, ok := parseICMP(tt.datagram)
			if !ok {
				t.Fatal("not parsed")
			}
			got, ok := e.match(p)
			if ok != tt.want || ok && got.seq != 3 || (got.err != nil) != tt.rejected {
				t.Errorf("matched %v: %+v", ok, got)
			}
			if tt.rejected && (OutcomeOf(got.err) != Prohibited || got.err.Error() != "administratively prohibited (icmp 3/13 from 192.168.10.1)") {
				t.Errorf("rejection %v", got.err)
			}
		})
	}
}

func TestParseICMP_rejectsWhatIsCutShort(t *testing.T) {
	whole := ipv4Datagram(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), 1,
		marshal(t, ipv4.ICMPTypeEcho, 0, &icmp.Echo{ID: 1, Seq: 2}))
	for n := range whole {
		if p, ok := parseICMP(whole[:n]); ok && p.bytes >= 8 {
			t.Errorf("%d of %d bytes are parsed as %+v", n, len(whole), p)
		}
	}
	if p, ok := parseICMP(whole); !ok || p.ttl != 63 || p.bytes != 8 || p.source.String() != "10.0.0.1" {
		t.Errorf("got %+v, %v", p, ok)
	}
}

func TestNonceOf(t *testing.T) {
	n := newNonce()
	payload := append([]byte(echoMarker), n[:]...)
	if got := nonceOf(append(payload, 0, 0)); got != n.String() {
		t.Errorf("got %q, want %q", got, n)
	}
	for _, stranger := range [][]byte{nil, payload[:11], []byte("abcdefghijklmnop")} {
		if got := nonceOf(stranger); got != "" {
			t.Errorf("%q has nonce %q", stranger, got)
		}
	}
}

func FuzzParseICMP(f *testing.F) {
	f.Add(ipv4Datagram(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), 1, []byte{8, 0, 0, 0, 0, 1, 0, 2}))
	e := &echoes{target: netip.MustParseAddr("10.0.0.1"), id: 1}
	f.Fuzz(func(_ *testing.T, datagram []byte) {
		if p, ok := parseICMP(datagram); ok {
			_, _ = e.match(p)
			_, _ = echoOf(p)
		}
	})
}
