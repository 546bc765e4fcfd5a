package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// listenBacklog asks for the largest accept queue that the kernel allows.
const listenBacklog = unix.SOMAXCONN

// Sockets is where an agent's sockets come from: the host, a network namespace, or a test. Implementations are safe
// for concurrent use. Errors of creating a socket match ErrCannotAsk; those of the network do not.
type Sockets interface {
	// Dial connects to remote over TCP or UDP, from local if it is valid and from a fresh port if its port is 0.
	// It returns as soon as ctx ends, with an error that wraps the context's cause. Once a socket has a local port
	// the error is a *DialError.
	Dial(ctx context.Context, protocol Protocol, local, remote netip.AddrPort) (net.Conn, error)
	// Listen opens a TCP listener.
	Listen(ctx context.Context, at netip.AddrPort) (net.Listener, error)
	// ListenPacket opens a UDP socket that reports the destination address of each datagram.
	ListenPacket(ctx context.Context, at netip.AddrPort) (*net.UDPConn, error)
	// ListenICMP opens a raw IPv4 ICMP socket, bound to source if it is valid. It needs CAP_NET_RAW.
	ListenICMP(ctx context.Context, source netip.Addr) (*ICMPConn, error)
}

// Host returns the sockets of the namespace that the calling process is in.
func Host() Sockets { return within{do: func(create func() error) error { return create() }} }

// Within returns sockets that are created inside do, which runs a function on a thread in some network namespace and
// returns its error. Only creating and binding happen inside do; connecting, reading and writing happen outside it,
// because a socket stays in the namespace where it was created. Concurrent dials therefore do not wait for each other.
func Within(do func(func() error) error) Sockets { return within{do: do} }

type within struct {
	do func(func() error) error
}

// open creates a socket inside do, prepares it and wraps it in a file that the runtime's poller watches.
// The caller closes the file.
func (w within) open(name string, family, kind, proto int, prepare func(fd int) error) (*os.File, error) {
	var fd int
	err := w.do(func() error {
		var err error
		fd, err = unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		if err := prepare(fd); err != nil {
			return errors.Join(err, unix.Close(fd))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, ErrCannotAsk, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Dial implements Sockets.
func (w within) Dial(ctx context.Context, protocol Protocol, local, remote netip.AddrPort) (net.Conn, error) {
	kind := unix.SOCK_STREAM
	if protocol == UDP {
		kind = unix.SOCK_DGRAM
	}
	name := fmt.Sprintf("%s %s", protocol, remote)
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("dial %s: %w", name, err)
	}
	// The connect is started before the poller sees the socket: an unconnected TCP socket reads as hung up.
	var started error
	file, err := w.open(name, family(remote.Addr()), kind, 0, func(fd int) error {
		if err := receiveICMPErrors(fd, remote.Addr()); err != nil {
			return err
		}
		if local.IsValid() {
			if err := bind(fd, local); err != nil {
				return err
			}
		}
		started = unix.Connect(fd, sockaddr(remote))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := finishConnect(ctx, file, started); err != nil {
		return nil, &DialError{Local: boundTo(file), Remote: name, Err: err}
	}
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w: %w", name, ErrCannotAsk, err)
	}
	return conn, nil
}

// DialError is the failure of a dial whose packets had a source, by which other hops may have seen them.
type DialError struct {
	// Local is the address and port that was dialled from. It is zero if nothing was sent.
	Local netip.AddrPort
	// Remote is the protocol, address and port that was dialled.
	Remote string
	// Err is the cause.
	Err error
}

// Error returns the remote end and the cause.
func (e *DialError) Error() string { return fmt.Sprintf("dial %s: %v", e.Remote, e.Err) }

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// finishConnect awaits the end of a connect that has been started with the given result.
func finishConnect(ctx context.Context, file *os.File, started error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCannotAsk, err)
	}
	if !errors.Is(started, unix.EINPROGRESS) {
		return exact(raw, os.NewSyscallError("connect", started))
	}
	stop := context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(longAgo()) })
	defer stop()
	var result error
	waited := raw.Write(func(fd uintptr) bool {
		var done bool
		done, result = connected(int(fd))
		return done
	})
	switch {
	case waited == nil && result == nil:
		return nil
	case waited == nil:
		return exact(raw, os.NewSyscallError("connect", result))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		return fmt.Errorf("%w: %w", ErrCannotAsk, waited)
	}
}

// connected says whether a non-blocking connect has ended, and how. A poller may wake without cause, so the absence
// of an error is believed only when the socket has a peer.
func connected(fd int) (bool, error) {
	pending, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return true, err
	}
	switch errno := unix.Errno(pending); errno {
	case 0:
		_, err := unix.Getpeername(fd)
		return err == nil, nil
	case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
		return false, nil
	case unix.EISCONN:
		return true, nil
	default:
		return true, errno
	}
}

// Listen implements Sockets.
func (w within) Listen(ctx context.Context, at netip.AddrPort) (net.Listener, error) {
	file, err := w.listening(ctx, TCP, unix.SOCK_STREAM, at, func(fd int) error {
		return os.NewSyscallError("listen", unix.Listen(fd, listenBacklog))
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("listen tcp %s: %w", at, err)
	}
	return listener, nil
}

// ListenPacket implements Sockets.
func (w within) ListenPacket(ctx context.Context, at netip.AddrPort) (*net.UDPConn, error) {
	file, err := w.listening(ctx, UDP, unix.SOCK_DGRAM, at, func(fd int) error {
		return reportDestination(fd, at.Addr())
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("listen udp %s: %w", at, err)
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen udp %s: %w: not a UDP socket", at, ErrCannotAsk), conn.Close())
	}
	return udp, nil
}

// listening opens a socket that is bound to an address and then finished by a function.
func (w within) listening(
	ctx context.Context, protocol Protocol, kind int, at netip.AddrPort, finish func(fd int) error,
) (*os.File, error) {
	name := fmt.Sprintf("%s %s", protocol, at)
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("listen %s: %w", name, err)
	}
	file, err := w.open(name, family(at.Addr()), kind, 0, func(fd int) error {
		// Only TCP: a listener may return while connections of its former self still linger.
		if protocol == TCP {
			if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
				return os.NewSyscallError("setsockopt SO_REUSEADDR", err)
			}
		}
		if err := bind(fd, at); err != nil {
			return err
		}
		return finish(fd)
	})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return file, nil
}
