package probe

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Streams come from ports below those that the kernel chooses, each from another
// one: whoever watches a network can tell a stream that was given up, and goes on
// repeating what was not answered, from whatever is asked of the same server later.
const (
	firstStreamPort = 20000
	streamPorts     = 10000 // up to where NodePorts begin
	streamTries     = 64
)

// Traffic comes from ports after those of NodePorts, one after the other: whoever keeps
// a connection in mind for a while must not take a new one for it.
const (
	firstTrafficPort = 33000
	trafficPorts     = 27000
)

// streamSockets give every connection the next port of a range.
type streamSockets struct {
	Sockets
	first, ports uint32
	last         *atomic.Uint32
}

// newPort begins anywhere in a range: an agent may take the place of one that has gone.
func newPort(ports uint32) *atomic.Uint32 {
	var last atomic.Uint32
	last.Store(rand.Uint32N(ports)) // no secret
	return &last
}

// trafficSockets number echoes as well, for the same reason.
type trafficSockets struct {
	streamSockets
	echoes *atomic.Uint32
}

// numberer are sockets that say which id the next series of echoes has.
type numberer interface{ number() uint16 }

func (s trafficSockets) number() uint16 { return uint16(s.echoes.Add(1)) }

// Dial implements Sockets. A port that is taken, by whomever, is passed over.
func (s streamSockets) Dial(ctx context.Context, protocol Protocol, local, remote netip.AddrPort) (net.Conn, error) {
	address := local.Addr()
	if !address.IsValid() {
		if address = netip.IPv4Unspecified(); remote.Addr().Is6() {
			address = netip.IPv6Unspecified()
		}
	}
	var conn net.Conn
	var err error
	for range streamTries {
		port := s.first + s.last.Add(1)%s.ports
		conn, err = s.Sockets.Dial(ctx, protocol, netip.AddrPortFrom(address, uint16(port)), remote)
		if !errors.Is(err, unix.EADDRINUSE) && !errors.Is(err, unix.EADDRNOTAVAIL) {
			break
		}
	}
	return conn, err
}
