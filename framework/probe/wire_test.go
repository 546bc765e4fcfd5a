package probe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// patience is a timeout that no test ever sits out; brief is one that tests of silence do.
const (
	patience = time.Minute
	brief    = 100 * time.Millisecond
)

func TestAsk_answered(t *testing.T) {
	n := isolated(t)
	server := local(t, "web-vm", n, "tcp/80", "udp/53", "icmp")
	asker := local(t, "pod-a", n)
	source := netip.AddrFrom4([4]byte{127, 0, 0, 9})
	questions := []probe.Question{
		{ID: "tcp", Protocol: probe.TCP, Source: source, Target: loopback(), Port: 80, Count: 3, Interval: time.Millisecond, Payload: 60000},
		{ID: "udp", Protocol: probe.UDP, Source: source, Target: loopback(), Port: 53, Count: 3, Interval: time.Millisecond, Payload: 9000},
		{ID: "icmp", Protocol: probe.ICMP, Source: source, Target: loopback(), Count: 3, Interval: time.Millisecond},
	}
	answers, err := asker.Ask(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := server.Sightings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a.ID != questions[i].ID || a.Outcome != probe.Answered || a.Sent != 3 || a.Received != 3 || len(a.RTTs) != 3 || a.Err != "" {
			t.Errorf("answer %d: %+v", i, a)
		}
		if a.Started.IsZero() || a.Elapsed <= 0 || slices.Min(a.RTTs) <= 0 {
			t.Errorf("%s: no times in %+v", a.ID, a)
		}
		if a.ID != "icmp" && (a.Server != "web-vm" || a.Saw != a.Local || a.Saw.Addr() != source) {
			t.Errorf("%s: server %q saw %s, asked from %s", a.ID, a.Server, a.Saw, a.Local)
		}
		if a.ID != "tcp" {
			assertSightings(t, a, probe.SightingsOf(a, seen), source)
		}
	}
	if got := len(probe.SightingsOf(answers[0], seen)); got != 1 {
		t.Errorf("tcp: %d sightings of the last source port, want 1", got)
	}
}

func assertSightings(t *testing.T, a probe.Answer, own []probe.Sighting, source netip.Addr) {
	t.Helper()
	if len(own) != 3 {
		t.Errorf("%s: %d sightings, want 3", a.ID, len(own))
	}
	for i, s := range own {
		if s.Seq != i || s.Source.Addr() != source || s.Protocol.String() != a.ID || s.At.IsZero() {
			t.Errorf("%s: sighting %d: %+v", a.ID, i, s)
		}
	}
}

func TestAsk_refused(t *testing.T) {
	n := isolated(t)
	asker := local(t, "pod-a", n)
	for _, protocol := range []probe.Protocol{probe.TCP, probe.UDP} {
		a := one(t, asker, probe.Question{Protocol: protocol, Target: loopback(), Port: 81, Timeout: patience, Count: 2, Interval: time.Millisecond})
		if a.Outcome != probe.Refused || a.Errno != "ECONNREFUSED" || a.Received != 0 || a.Sent != 2 {
			t.Errorf("%s: %+v", protocol, a)
		}
	}
}

func TestAsk_namesTheHopThatRejected(t *testing.T) {
	asker := local(t, "pod-a", isolated(t))
	a := one(t, asker, probe.Question{Protocol: probe.UDP, Target: loopback(), Port: 81, Timeout: patience})
	want := probe.Rejection{Type: 3, Code: 3, From: loopback()}
	if a.Rejection == nil || a.Rejection.Type != want.Type || a.Rejection.Code != want.Code || a.Rejection.From != want.From {
		t.Errorf("got %+v, want %+v", a.Rejection, want)
	}
}

// A namespace with only a loopback has no route elsewhere, so nothing is sent.
func TestAsk_netUnreachable(t *testing.T) {
	asker := local(t, "pod-a", isolated(t))
	elsewhere := netip.AddrFrom4([4]byte{192, 0, 2, 1})
	for _, q := range []probe.Question{
		{Protocol: probe.TCP, Target: elsewhere, Port: 80, Timeout: patience},
		{Protocol: probe.UDP, Target: elsewhere, Port: 53, Timeout: patience},
		{Protocol: probe.ICMP, Target: elsewhere, Timeout: patience},
	} {
		if a := one(t, asker, q); a.Outcome != probe.NetUnreachable || a.Errno != "ENETUNREACH" {
			t.Errorf("%s: %+v", q.Protocol, a)
		}
	}
}

func TestAsk_cannotAskIsNotTheNetwork(t *testing.T) {
	noSockets := probe.Within(func(func() error) error { return unix.EPERM })
	asker := probe.NewLocal("pod-a", noSockets)
	for _, q := range []probe.Question{
		{Protocol: probe.TCP, Target: loopback(), Port: 80},
		{Protocol: probe.UDP, Target: loopback(), Port: 53},
		{Protocol: probe.ICMP, Target: loopback()},
	} {
		if a := one(t, asker, q); a.Outcome != probe.Broken || a.Err == "" || a.Sent > 1 {
			t.Errorf("%s: %+v", q.Protocol, a)
		}
	}
}

// silentTCP returns the address of a listener whose accept queue is full: the kernel drops further SYNs in silence.
func silentTCP(t testing.TB, n *netns.Namespace) netip.AddrPort {
	t.Helper()
	at := netip.AddrPortFrom(loopback(), 8080)
	address := &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}
	err := n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		// A backlog of 0 queues one connection.
		return errors.Join(unix.Bind(fd, address), unix.Listen(fd, 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := probe.Within(n.Do).Dial(t.Context(), probe.TCP, netip.AddrPort{}, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return at
}

// silentUDP returns the address of a socket that nobody reads.
func silentUDP(t testing.TB, n *netns.Namespace) netip.AddrPort {
	t.Helper()
	at := netip.AddrPortFrom(loopback(), 5353)
	conn, err := probe.Within(n.Do).ListenPacket(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return at
}

func TestAsk_silence(t *testing.T) {
	n := isolated(t)
	asker := local(t, "pod-a", n)
	for _, q := range []probe.Question{
		{Protocol: probe.TCP, Target: loopback(), Port: silentTCP(t, n).Port(), Timeout: brief},
		{Protocol: probe.UDP, Target: loopback(), Port: silentUDP(t, n).Port(), Timeout: brief, Count: 3, Interval: time.Millisecond},
	} {
		a := one(t, asker, q)
		if !a.Local.IsValid() || a.Local.Port() == 0 {
			t.Errorf("%s: asked from %s, want the port that other hops saw", q.Protocol, a.Local)
		}
		if a.Outcome != probe.Timeout || a.Errno != "" || a.Received != 0 || a.Connected != 0 || a.Elapsed < brief {
			t.Errorf("%s: %+v", q.Protocol, a)
		}
	}
}

// The namespace's thread is needed for creating sockets only. If a dial held it, 64 silent dials would take 64 times
// as long as one.
func TestWithin_concurrentDialsDoNotWaitForEachOther(t *testing.T) {
	n := isolated(t)
	at := silentTCP(t, n)
	var thread sync.Mutex
	asker := probe.NewLocal("pod-a", probe.Within(func(create func() error) error {
		thread.Lock()
		defer thread.Unlock()
		return n.Do(create)
	}))
	questions := slices.Repeat([]probe.Question{{Protocol: probe.TCP, Target: at.Addr(), Port: at.Port(), Timeout: 500 * time.Millisecond}}, 64)
	began := time.Now()
	answers, err := asker.Ask(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	elapsed := time.Since(began)
	t.Logf("64 silent dials took %s", elapsed)
	if elapsed > 5*time.Second {
		t.Errorf("64 dials of 500ms took %s", elapsed)
	}
	for _, a := range answers {
		if a.Outcome != probe.Timeout {
			t.Errorf("got %+v", a)
		}
	}
}

func TestAsk_cancelEndsAtOnce(t *testing.T) {
	n := isolated(t)
	asker := local(t, "pod-a", n)
	tcp, udp := silentTCP(t, n), silentUDP(t, n)
	questions := []probe.Question{
		{Protocol: probe.TCP, Target: tcp.Addr(), Port: tcp.Port(), Timeout: patience},
		{Protocol: probe.UDP, Target: udp.Addr(), Port: udp.Port(), Timeout: patience},
		// Answers its first packet and is then idle until the next.
		{Protocol: probe.ICMP, Target: loopback(), Timeout: patience, Count: 2, Interval: patience},
	}
	// More than fit at once: those that wait are canceled as well.
	questions = append(questions, slices.Repeat(questions[:1], 100)...)
	began, canceled := asking(t, asker, questions)
	for i, a := range canceled {
		if a.Outcome != probe.Canceled || a.Err != "context canceled" && i >= 3 && a.Sent == 0 {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
	// The bound is generous for a loaded machine; the timeout that is not awaited is a minute.
	latency := time.Since(began)
	t.Logf("canceled %d questions after %s", len(questions), latency)
	if latency > time.Second {
		t.Errorf("cancel took %s", latency)
	}
}

// asking starts to ask, cancels as soon as the first questions are under way, and returns when it canceled, and what
// the answers were.
func asking(t testing.TB, asker probe.Agent, questions []probe.Question) (time.Time, []probe.Answer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan []probe.Answer, 1)
	go func() {
		answers, err := asker.Ask(ctx, questions)
		if err != nil {
			t.Error(err)
		}
		done <- answers
	}()
	if err := poll.Sleep(t.Context(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	cancel()
	return began, <-done
}

func BenchmarkAsk_cancel(b *testing.B) {
	n := isolated(b)
	asker := local(b, "pod-a", n)
	at := silentTCP(b, n)
	var total time.Duration
	for b.Loop() {
		began, _ := asking(b, asker, []probe.Question{{Protocol: probe.TCP, Target: at.Addr(), Port: at.Port(), Timeout: patience}})
		total += time.Since(began)
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs/cancel")
}

// serveRaw serves connections by a function of the test, in place of an agent.
func serveRaw(t testing.TB, n *netns.Namespace, port uint16, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	at := netip.AddrPortFrom(loopback(), port)
	listener, err := probe.Within(n.Do).Listen(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tasks.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		tasks.Wait()
	})
	return at
}

func TestAsk_strangers(t *testing.T) {
	n := isolated(t)
	asker := local(t, "pod-a", n)
	untilEnd := func(conn net.Conn) { _, _ = bufio.NewReader(conn).ReadString(0) }
	reset := func(conn net.Conn) {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	var turn atomic.Int32
	tests := []struct {
		name  string
		serve func(net.Conn)
		count int
		want  probe.Answer
	}{
		{"a server that says nothing", untilEnd, 1, probe.Answer{Outcome: probe.Timeout, Sent: 1, Connected: 1}},
		{"a server that resets", reset, 1, probe.Answer{Outcome: probe.Reset, Errno: "ECONNRESET", Sent: 1, Connected: 1}},
		{"a server that hangs up", func(net.Conn) {}, 1, probe.Answer{Outcome: probe.Reset, Sent: 1, Connected: 1}},
		{
			"a server that is not an agent is answered by nobody we know",
			func(conn net.Conn) { _, _ = fmt.Fprintln(conn, "SSH-2.0-vm"); untilEnd(conn) }, 1,
			probe.Answer{Outcome: probe.Answered, Sent: 1, Connected: 1, Received: 1},
		},
		{
			"a server that answers every other time",
			func(conn net.Conn) {
				if turn.Add(1)%2 == 1 {
					_, _ = fmt.Fprintf(conn, `{"vpcgate":2,"identity":"web-vm","saw":"%s","listener":"tcp/80"}`+"\n", conn.RemoteAddr())
				}
			}, 4,
			probe.Answer{Outcome: probe.Partial, Sent: 4, Connected: 4, Received: 2, Server: "web-vm"},
		},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := serveRaw(t, n, uint16(9000+i), tt.serve)
			a := one(t, asker, probe.Question{
				Protocol: probe.TCP, Target: at.Addr(), Port: at.Port(), Timeout: brief, Count: tt.count, Interval: time.Millisecond,
			})
			got := probe.Answer{Outcome: a.Outcome, Errno: a.Errno, Sent: a.Sent, Connected: a.Connected, Received: a.Received, Server: a.Server}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) || a.Outcome != probe.Answered && a.Err == "" {
				t.Errorf("got %+v\nwant %+v\nerror %q", got, tt.want, a.Err)
			}
		})
	}
}
