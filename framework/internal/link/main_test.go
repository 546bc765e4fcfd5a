package link_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// settle is how long something that happens at once may take on a busy machine.
const settle = 5 * time.Second

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func newNamespace(t testing.TB, name string) *netns.Namespace {
	t.Helper()
	ns, err := netns.New(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

// must ends the test at the first step of a set-up that failed.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// newPair returns two namespaces joined by a veth, eth0 in each.
func newPair(t testing.TB, a, b netip.Prefix) (*netns.Namespace, *netns.Namespace) {
	t.Helper()
	left, right := newNamespace(t, "left"), newNamespace(t, "right")
	must(t,
		link.CreateVeth(link.End{Namespace: left, Name: "eth0"}, link.End{Namespace: right, Name: "eth0"}),
		link.SetAddresses(left, "eth0", a), link.SetAddresses(right, "eth0", b),
		link.SetUp(left, "eth0"), link.SetUp(right, "eth0"),
		link.AwaitCarrier(within(t, settle), left, "eth0"), link.AwaitCarrier(within(t, settle), right, "eth0"),
	)
	return left, right
}

// within returns a context for one step of a test.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, fmt.Errorf("%v ended", d))
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for a condition.
func eventually(t testing.TB, condition func() (bool, string)) {
	t.Helper()
	err := poll.Until(within(t, settle), time.Millisecond, func(context.Context) (bool, string, error) {
		done, whyNot := condition()
		return done, whyNot, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// serve answers each TCP connection and each UDP datagram to an address of the
// namespace with the address that it came from.
func serve(t testing.TB, ns *netns.Namespace, address string) {
	t.Helper()
	var tcp net.Listener
	var udp net.PacketConn
	must(t, ns.Do(func() (err error) {
		if tcp, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp4", address); err != nil {
			return err
		}
		udp, err = (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", address)
		return err
	}))
	t.Cleanup(func() { _, _ = tcp.Close(), udp.Close() })
	go func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			go func() {
				// Each line is answered with the client's address.
				buffer := make([]byte, 64)
				for {
					if _, err := conn.Read(buffer); err != nil {
						_ = conn.Close()
						return
					}
					_, _ = fmt.Fprint(conn, conn.RemoteAddr())
				}
			}()
		}
	}()
	go func() {
		buffer := make([]byte, 64)
		for {
			_, from, err := udp.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = udp.WriteTo([]byte(from.String()), from)
		}
	}()
}

// dial opens a connection from a namespace.
func dial(t testing.TB, ns *netns.Namespace, network, address string, timeout time.Duration) (net.Conn, error) {
	t.Helper()
	var conn net.Conn
	err := ns.Do(func() (err error) {
		conn, err = (&net.Dialer{Timeout: timeout}).DialContext(t.Context(), network, address)
		return err
	})
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// ask sends a word and returns the address that the server saw.
func ask(conn net.Conn, timeout time.Duration) (netip.Addr, error) {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return netip.Addr{}, err
	}
	if _, err := conn.Write([]byte("who\n")); err != nil {
		return netip.Addr{}, err
	}
	buffer := make([]byte, 64)
	n, err := conn.Read(buffer)
	if err != nil {
		return netip.Addr{}, err
	}
	seen, err := netip.ParseAddrPort(string(buffer[:n]))
	return seen.Addr(), err
}

// reach asks over a new connection and returns the address that the server saw.
func reach(t testing.TB, ns *netns.Namespace, network, address string) (netip.Addr, error) {
	t.Helper()
	conn, err := dial(t, ns, network, address, settle)
	if err != nil {
		return netip.Addr{}, err
	}
	return ask(conn, settle)
}
