package probe

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// longAgo returns a deadline that has passed, which wakes whoever waits on a connection.
func longAgo() time.Time { return time.Unix(1, 0) }

// family returns the socket family of an address.
func family(a netip.Addr) int {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// sockaddr returns the kernel's form of an address and port.
func sockaddr(ap netip.AddrPort) unix.Sockaddr {
	if ap.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: ap.Addr().As4(), Port: int(ap.Port())}
	}
	return &unix.SockaddrInet6{Addr: ap.Addr().As16(), Port: int(ap.Port())}
}

// boundTo returns the local address and port of a socket, or the zero value.
func boundTo(file *os.File) netip.AddrPort {
	raw, err := file.SyscallConn()
	if err != nil {
		return netip.AddrPort{}
	}
	var local netip.AddrPort
	_ = raw.Control(func(fd uintptr) {
		// An error leaves the name nil.
		name, _ := unix.Getsockname(int(fd))
		switch name := name.(type) {
		case *unix.SockaddrInet4:
			local = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
		case *unix.SockaddrInet6:
			local = netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port))
		}
	})
	// A socket that was never bound, because no route was found, has the address 0.0.0.0.
	if local.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return local
}

func bind(fd int, at netip.AddrPort) error {
	return os.NewSyscallError("bind", unix.Bind(fd, sockaddr(at)))
}

// receiveICMPErrors makes the kernel queue the ICMP errors about a socket's packets, with type, code and sender.
// Without it a UDP socket never learns of most of them.
func receiveICMPErrors(fd int, remote netip.Addr) error {
	if remote.Is4() {
		return os.NewSyscallError("setsockopt IP_RECVERR", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1))
	}
	return os.NewSyscallError("setsockopt IPV6_RECVERR", unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1))
}

// reportDestination makes a UDP socket report which of the host's addresses each datagram was sent to.
func reportDestination(fd int, at netip.Addr) error {
	if at.Is4() {
		return os.NewSyscallError("setsockopt IP_PKTINFO", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1))
	}
	return os.NewSyscallError("setsockopt IPV6_RECVPKTINFO",
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1))
}

// replyFrom turns the control message of a received datagram into that of its reply, so that the reply leaves with
// the address that was asked. Without one, a host with several addresses may answer with the wrong one.
func replyFrom(received []byte) []byte {
	messages, err := unix.ParseSocketControlMessage(received)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_PKTINFO && len(m.Data) >= unix.SizeofInet4Pktinfo:
			info := &unix.Inet4Pktinfo{}
			copy(info.Spec_dst[:], m.Data[8:12])
			return unix.PktInfo4(info)
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= unix.SizeofInet6Pktinfo:
			info := &unix.Inet6Pktinfo{}
			copy(info.Addr[:], m.Data[:16])
			return unix.PktInfo6(info)
		}
	}
	return nil
}

// exact returns what ICMP said about a socket in place of the errno that the kernel made of it, if ICMP said anything.
func exact(conn syscall.RawConn, err error) error {
	var errno unix.Errno
	if err == nil || !errors.As(err, &errno) {
		return err
	}
	if rejection := queuedRejection(conn); rejection != nil {
		rejection.errno = err
		return rejection
	}
	return err
}

// queuedRejection takes the next ICMP error from a socket's error queue, or returns nil.
func queuedRejection(conn syscall.RawConn) *Rejection {
	var rejection *Rejection
	// 1 byte of the packet is enough: the question is known from the socket.
	payload, control := make([]byte, 1), make([]byte, 256)
	_ = conn.Control(func(fd uintptr) {
		_, n, _, _, err := unix.Recvmsg(int(fd), payload, control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err == nil {
			rejection = parseRejection(control[:n])
		}
	})
	return rejection
}

// parseRejection reads a sock_extended_err (linux/errqueue.h) and the sender's address after it: errno uint32,
// origin, type, code and padding uint8, info and data uint32, then a sockaddr.
func parseRejection(control []byte) *Rejection {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		is4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
		if !is4 || len(m.Data) < 16 || m.Data[4] != unix.SO_EE_ORIGIN_ICMP {
			continue
		}
		r := &Rejection{Type: int(m.Data[5]), Code: int(m.Data[6])}
		if sender := m.Data[16:]; len(sender) >= 8 && binary.NativeEndian.Uint16(sender) == unix.AF_INET {
			r.From = netip.AddrFrom4([4]byte(sender[4:8]))
		}
		return r
	}
	return nil
}

// streamPatience is how long either end of a stream repeats what was not acknowledged.
const streamPatience = time.Hour

// rtoMax is the longest pause between two repetitions, the shortest that the kernel allows.
const rtoMax = time.Second

// bePatient lets a connection survive a long silence and notice soon that it has ended: it repeats what was not
// acknowledged, for long and without growing pauses. A kernel before 6.15 does not bound them, but keeps the first six
// equal.
func bePatient(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// What the kernel does not know it does without.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(streamPatience.Milliseconds()))
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_THIN_LINEAR_TIMEOUTS, 1)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_RTO_MAX_MS, int(rtoMax.Milliseconds()))
	})
}
