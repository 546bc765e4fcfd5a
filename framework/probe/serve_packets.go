package probe

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

// packetService is one open UDP socket or ICMP observer with its goroutine.
type packetService struct {
	socket io.Closer
	tasks  sync.WaitGroup
}

// Close implements io.Closer.
func (p *packetService) Close() error {
	err := p.socket.Close()
	p.tasks.Wait()
	return err
}

func (s *Server) serveUDP(ctx context.Context, l Listener) (io.Closer, error) {
	socket, err := s.sockets.ListenPacket(ctx, l.endpoint())
	if err != nil {
		return nil, err
	}
	p := &packetService{socket: socket}
	p.tasks.Go(func() { s.answerDatagrams(socket, l) })
	return p, nil
}

// answerDatagrams answers until the socket is closed. Any other error concerns one datagram only.
func (s *Server) answerDatagrams(socket *net.UDPConn, l Listener) {
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
	p := &packetService{socket: socket}
	p.tasks.Go(func() { s.observeEchoes(socket, l) })
	return p, nil
}

// observeEchoes records echo requests until the socket is closed.
func (s *Server) observeEchoes(socket *ICMPConn, l Listener) {
	for {
		p, err := socket.read()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		echo, ok := echoOf(p)
		if err != nil || !ok {
			continue
		}
		s.seen.add(Sighting{
			Protocol: ICMP, Listener: l, Source: netip.AddrPortFrom(p.source, 0),
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
