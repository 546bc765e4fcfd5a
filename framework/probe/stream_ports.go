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

// streamSockets give every connection the next port of streams.
type streamSockets struct {
	Sockets
	last *atomic.Uint32
}

// newStreamPort begins anywhere: an agent may take the place of one that has gone.
func newStreamPort() *atomic.Uint32 {
	var last atomic.Uint32
	last.Store(rand.Uint32N(streamPorts)) // no secret
	return &last
}

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
		port := firstStreamPort + s.last.Add(1)%streamPorts
		conn, err = s.Sockets.Dial(ctx, protocol, netip.AddrPortFrom(address, uint16(port)), remote)
		if !errors.Is(err, unix.EADDRINUSE) && !errors.Is(err, unix.EADDRNOTAVAIL) {
			break
		}
	}
	return conn, err
}
