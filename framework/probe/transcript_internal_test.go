package probe

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
)

func TestTranscripts(t *testing.T) {
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	vm := netip.MustParseAddr("192.168.10.25")
	echo := func(seq int, rtt float64) packet {
		return packet{settled: true, rtt: ms(rtt), reply: reply{seq: seq, bytes: 64, ttl: 64}}
	}
	ping := Question{Protocol: ICMP, Target: vm, Count: 4}
	tcp := Question{Protocol: TCP, Target: vm, Port: 80}
	udp := Question{Protocol: UDP, Target: vm, Port: 53, Count: 3}
	prohibited := &Rejection{Type: 3, Code: 13, From: netip.MustParseAddr("192.168.10.1"), errno: unix.EHOSTUNREACH}
	saw := netip.MustParseAddrPort("192.168.10.11:40000")
	tests := []struct {
		name     string
		question Question
		answer   Answer
		series   *series
	}{
		{
			"ping answered", ping,
			Answer{Outcome: Answered, Sent: 4, Received: 4, RTTs: []time.Duration{ms(1.412), ms(1.4), ms(1.299), ms(1.283)}},
			&series{
				packets: []packet{echo(0, 1.412), echo(1, 1.4), echo(2, 1.299), echo(3, 1.283)},
				arrived: []int{0, 1, 2, 3},
			},
		},
		{"ping in silence", ping, Answer{Outcome: Timeout, Sent: 104}, &series{}},
		{"ping canceled before it began", ping, Answer{Outcome: Canceled}, nil},
		{"ping without the privilege", ping, Answer{Outcome: Broken, Err: "listen: open icmp: EPERM"}, &series{}},
		{
			"ping rejected and refused a send", ping,
			Answer{Outcome: Prohibited, Sent: 2},
			&series{
				packets: []packet{
					{settled: true, reply: reply{seq: 0, err: prohibited}},
					{settled: true, reply: reply{seq: 1, err: os.NewSyscallError("sendto", unix.ENETUNREACH)}},
				},
				arrived: []int{0, 1},
			},
		},
		{"tcp answered", tcp, Answer{Outcome: Answered, Server: "web-vm", Saw: saw, RTTs: []time.Duration{ms(0.9)}, Sent: 1, Received: 1}, nil},
		{"tcp answered by a stranger", tcp, Answer{Outcome: Answered, RTTs: []time.Duration{ms(0.9)}}, nil},
		{"tcp in silence", tcp, Answer{Outcome: Timeout}, nil},
		{"tcp stalled after the handshake", tcp, Answer{Outcome: Timeout, Connected: 1}, nil},
		{"tcp stalled after the greeting", tcp, Answer{Outcome: Timeout, Connected: 1, Server: "web-vm"}, nil},
		{"tcp refused", tcp, Answer{Outcome: Refused, Errno: "ECONNREFUSED"}, nil},
		{"tcp hung up", tcp, Answer{Outcome: Reset}, nil},
		{"tcp canceled", tcp, Answer{Outcome: Canceled}, nil},
		{"udp partial", udp, Answer{Outcome: Partial, Server: "dns-vm", Saw: saw, RTTs: []time.Duration{ms(0.4)}, Sent: 3, Received: 2}, nil},
		{"udp rejected", udp, Answer{Outcome: Prohibited, Rejection: prohibited, Errno: "EHOSTUNREACH", Sent: 3}, nil},
		{"udp broken", udp, Answer{Outcome: Broken, Err: "no sockets"}, nil},
	}
	var b strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&b, "# %s\n%s\n", tt.name, transcriptOf(tt.question.normal(), &tt.answer, tt.series))
	}
	golden.Assert(t, "testdata/transcripts.txt", b.String())
}

func TestPingTranscript_boundsItsLines(t *testing.T) {
	s := &series{}
	for seq := range MaxCount {
		s.packets = append(s.packets, packet{reply: reply{seq: seq}})
		s.arrived = append(s.arrived, seq)
	}
	text := transcriptOf(Question{Protocol: ICMP}.normal(), &Answer{Outcome: Answered, Sent: MaxCount, Received: MaxCount}, s)
	if n := strings.Count(text, "\n"); n != transcriptLines+5 || !strings.Contains(text, "(936 more)") {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
