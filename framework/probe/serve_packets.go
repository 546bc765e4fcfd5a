package probe

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// packetService is one open UDP socket or ICMP observer with its goroutine.
type packetService struct {
	socket io.Closer
	done   chan struct{}
	tasks  sync.WaitGroup
}

// Close implements io.Closer.
func (p *packetService) Close() error {
	close(p.done)
	err := p.socket.Close()
	p.tasks.Wait()
	return err
}

func (s *Server) serveUDP(ctx context.Context, l Listener) (io.Closer, error) {
	socket, err := s.sockets.ListenPacket(ctx, l.endpoint())
	if err != nil {
		return nil, err
	}
	p := &packetService{socket: socket, done: make(chan struct{})}
	p.tasks.Go(func() { s.answerDatagrams(socket, l, p.done) })
	return p, nil
}

// answerDatagrams answers until the socket is closed. Any other error concerns one datagram only.
func (s *Server) answerDatagrams(socket *net.UDPConn, l Listener, done <-chan struct{}) {
	buf, control := make([]byte, maxDatagram), make([]byte, 128)
	for {
		n, controlLen, _, source, err := socket.ReadMsgUDPAddrPort(buf, control)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		seen := netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
		request, err := decodeDatagram(buf[:n])
		if err != nil || request.Identity != "" {
			s.seen.add(Sighting{Protocol: UDP, Listener: l, Source: seen})
			continue
		}
		s.seen.add(Sighting{Protocol: UDP, Listener: l, Source: seen, Nonce: request.Nonce, Seq: request.Seq})
		request.Identity, request.Saw, request.Listener = s.identity, seen, l.String()
		// The reply is as large as the request, so that a path that is too narrow shows in both directions.
		reply, err := request.encode(n)
		if err != nil {
			continue
		}
		s.gate.pass(done)
		// A lost reply is what the asker reports.
		_, _, _ = socket.WriteMsgUDPAddrPort(reply, replyFrom(control[:controlLen]), source)
	}
}

func (s *Server) observeICMP(ctx context.Context, l Listener) (io.Closer, error) {
	socket, err := s.sockets.ListenICMP(ctx, l.Address)
	if err != nil {
		return nil, err
	}
	if err := socket.admit(int(ipv4.ICMPTypeEcho)); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	raw, err := socket.conn.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("observe icmp: %w: %w", ErrCannotAsk, err), socket.Close())
	}
	o := &observer{
		packetService: packetService{socket: socket, done: make(chan struct{})}, raw: raw, seen: &s.seen, listener: l, buf: make([]byte, maxDatagram),
	}
	o.tasks.Go(o.run)
	return o, nil
}

// observer records the echo requests that arrive at a host.
//
// The kernel answers a request as soon as the observer's socket has it, so the asker may hold the reply before the
// observer has run. Sightings therefore flushes: what had arrived when it was called is recorded when it returns.
type observer struct {
	packetService
	raw      syscall.RawConn
	seen     *sightings
	listener Listener

	mu  sync.Mutex
	buf []byte
}

// run records until the socket is closed.
func (o *observer) run() {
	_ = o.raw.Read(func(fd uintptr) bool {
		o.drain(int(fd))
		return false
	})
}

// flush records what has arrived. On a closed socket it does nothing.
func (o *observer) flush() {
	_ = o.raw.Control(func(fd uintptr) { o.drain(int(fd)) })
}

// drain records until the socket is empty.
func (o *observer) drain(fd int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		n, _, err := unix.Recvfrom(fd, o.buf, unix.MSG_DONTWAIT)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return
		}
		p, ok := parseICMP(o.buf[:n])
		echo, isEcho := echoOf(p)
		if !ok || !isEcho {
			continue
		}
		o.seen.add(Sighting{
			Protocol: ICMP, Listener: o.listener, Source: netip.AddrPortFrom(p.source, 0),
			Nonce: nonceOf(echo.Data), ID: echo.ID, Seq: echo.Seq,
		})
	}
}

// echoOf returns the echo request in a packet.
func echoOf(p icmpPacket) (*icmp.Echo, bool) {
	if p.message == nil || p.message.Type != ipv4.ICMPTypeEcho {
		return nil, false
	}
	echo, ok := p.message.Body.(*icmp.Echo)
	return echo, ok
}

// nonceOf returns the nonce in an echo of ours, or "".
func nonceOf(payload []byte) string {
	if len(payload) < minPayload || string(payload[:len(echoMarker)]) != echoMarker {
		return ""
	}
	return hex.EncodeToString(payload[len(echoMarker):minPayload])
}
