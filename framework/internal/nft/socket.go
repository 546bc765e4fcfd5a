package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// errInterrupted says that the ruleset changed while it was being read.
var errInterrupted = errors.New("ruleset changed while it was read")

// socket is a netlink socket of the netfilter family in some namespace. It is
// safe for concurrent use; requests go one after the other.
//
// The kernel works on a request inside the send call, and prepares the next
// part of a long answer inside the receive call, so answers are always there
// and receiving never blocks.
type socket struct {
	mu     sync.Mutex
	fd     int
	seq    uint32
	buffer []byte
	// sending is what was sent last, for its room.
	sending []byte
}

// openSocket opens a socket in the calling thread's namespace.
func openSocket() (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("open netfilter socket: %w", err)
	}
	err = errors.Join(
		unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}),
		// Errors come with the kernel's own words, and without our request.
		unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1),
		unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open netfilter socket: %w", err), unix.Close(fd))
	}
	// The kernel fills at most 32 KiB at a time, whatever the room.
	return &socket{fd: fd, buffer: make([]byte, 64<<10)}, nil
}

// Close closes the socket.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fd := s.fd
	s.fd = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// send hands bytes to the kernel, in one piece.
func (s *socket) send(bytes []byte) error {
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	err := unix.Sendto(s.fd, bytes, 0, kernel)
	if !errors.Is(err, unix.EMSGSIZE) {
		return err
	}
	// A batch must fit into the send buffer. Root may have any, others up to
	// twice net.core.wmem_max.
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 2*len(bytes)) != nil {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 2*len(bytes)); err != nil {
			return err
		}
	}
	if err := unix.Sendto(s.fd, bytes, 0, kernel); err != nil {
		return fmt.Errorf("send %d bytes at once (limited by net.core.wmem_max): %w", len(bytes), err)
	}
	return nil
}

// receive calls f with each message that waits in the socket. It returns after
// one datagram, and unix.EAGAIN when none waits.
func (s *socket) receive(f func(header unix.NlMsghdr, body []byte) error) error {
	n, _, err := unix.Recvfrom(s.fd, s.buffer, unix.MSG_DONTWAIT)
	if err != nil {
		return err
	}
	for rest := s.buffer[:n]; len(rest) >= unix.SizeofNlMsghdr; {
		header := unix.NlMsghdr{
			Len:   binary.NativeEndian.Uint32(rest),
			Type:  binary.NativeEndian.Uint16(rest[4:]),
			Flags: binary.NativeEndian.Uint16(rest[6:]),
			Seq:   binary.NativeEndian.Uint32(rest[8:]),
		}
		if header.Len < unix.SizeofNlMsghdr || int(header.Len) > len(rest) {
			return fmt.Errorf("message of %d bytes in a datagram of %d", header.Len, n)
		}
		if err := f(header, rest[unix.SizeofNlMsghdr:header.Len]); err != nil {
			return err
		}
		rest = rest[min(align(int(header.Len)), len(rest)):]
	}
	return nil
}

// transact sends a closed batch and waits for the kernel's judgement.
func (s *socket) transact(b *batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.send(b.end()); err != nil {
		return err
	}
	var refused []error
	answered := false
	for {
		err := s.receive(func(header unix.NlMsghdr, body []byte) error {
			if header.Type != unix.NLMSG_ERROR || len(body) < 4 {
				return nil
			}
			answered = true
			if err := judgement(header, body); err != nil {
				what := "request"
				if int(header.Seq) < len(b.what) {
					what = b.what[header.Seq]
				}
				refused = append(refused, fmt.Errorf("%s: %w", what, err))
			}
			return nil
		})
		switch {
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EAGAIN) && err != nil:
			return errors.Join(append(refused, err)...)
		case err != nil && !answered:
			return errors.New("the kernel did not answer")
		case err != nil:
			return errors.Join(refused[:min(len(refused), 3)]...)
		}
	}
}

// judgement returns the error that an error message carries, with the kernel's
// own words when there are some; an acknowledgement carries none.
func judgement(header unix.NlMsghdr, body []byte) error {
	code := int32(binary.NativeEndian.Uint32(body))
	if code == 0 {
		return nil
	}
	err := error(unix.Errno(-code))
	// The attributes follow the error number and the request's header.
	if begin := 4 + unix.SizeofNlMsghdr; header.Flags&unix.NLM_F_ACK_TLVS != 0 && len(body) >= begin {
		eachAttr(body[begin:], func(kind uint16, data []byte) {
			if kind == unix.NLMSGERR_ATTR_MSG {
				err = fmt.Errorf("%s: %w", cString(data), err)
			}
		})
	}
	return err
}

// dump asks for all objects of a kind and calls f with the attributes of each.
func (s *socket) dump(kind uint16, f func(attrs []byte), attrs ...attr) error {
	return s.dumpOf(kind, ipv4, func(_ byte, attrs []byte) { f(attrs) }, attrs...)
}

// dumpFamilies asks for all objects of a kind in all families.
func (s *socket) dumpFamilies(kind uint16, f func(family byte, attrs []byte)) error {
	return s.dumpOf(kind, unix.NFPROTO_UNSPEC, f)
}

func (s *socket) dumpOf(kind uint16, family byte, f func(family byte, attrs []byte), attrs ...attr) error {
	return s.ask(request{kind: kind, flags: unix.NLM_F_DUMP, family: family, each: f, attrs: attrs})
}

// request asks for objects and calls each with the attributes of every one.
type request struct {
	kind, flags uint16
	family      byte
	attrs       []attr
	each        func(family byte, attrs []byte)
}

// ask sends requests in one piece and waits for all answers. Of those that list many
// objects there may be one: the kernel lists one after the other.
func (s *socket) ask(requests ...request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.seq + 1
	s.sending = s.sending[:0]
	for _, r := range requests {
		s.seq++
		s.sending = appendMessage(s.sending, unix.NFNL_SUBSYS_NFTABLES<<8|r.kind, unix.NLM_F_REQUEST|r.flags, s.seq, r.family, 0, r.attrs...)
	}
	if err := s.send(s.sending); err != nil {
		return err
	}
	open, interrupted := len(requests), false
	var refused []error
	for open > 0 {
		err := s.receive(func(header unix.NlMsghdr, body []byte) error {
			i := int(header.Seq - first)
			if i < 0 || i >= len(requests) {
				return nil // the rest of an answer that was given up
			}
			interrupted = interrupted || header.Flags&unix.NLM_F_DUMP_INTR != 0
			switch header.Type {
			case unix.NLMSG_DONE:
				open--
			case unix.NLMSG_ERROR:
				open--
				refused = append(refused, judgement(header, body))
			default:
				if requests[i].flags&unix.NLM_F_DUMP == 0 {
					open--
				}
				if len(body) >= netfilterHeader {
					requests[i].each(body[0], body[netfilterHeader:])
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	if err := errors.Join(refused...); err != nil || !interrupted {
		return err
	}
	return errInterrupted
}
