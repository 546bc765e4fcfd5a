package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	// solRaw and icmpFilter are SOL_RAW and ICMP_FILTER of linux/icmp.h.
	solRaw     = 255
	icmpFilter = 1
	// maxDatagram is the largest IPv4 datagram.
	maxDatagram = 65535
	// echoMarker stands before the nonce in an echo's payload, so that an observer knows our echoes from a stranger's.
	echoMarker = "vpcg"
	nonceBytes = 8
)

// ICMPConn is a raw IPv4 ICMP socket. It sees every ICMP packet of its namespace that its filter lets through.
// One goroutine may read while another writes.
type ICMPConn struct {
	conn *net.IPConn
	buf  []byte
}

// icmpPacket is a received ICMP message with what its IPv4 header says.
type icmpPacket struct {
	source  netip.Addr
	ttl     int
	message *icmp.Message
	// bytes counts the ICMP message without the IPv4 header, as ping does.
	bytes int
}

// ListenICMP implements Sockets.
func (w within) ListenICMP(ctx context.Context, source netip.Addr) (*ICMPConn, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("listen icmp: %w", err)
	}
	file, err := w.open("icmp", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP, func(fd int) error {
		if !source.IsValid() {
			return nil
		}
		return bind(fd, netip.AddrPortFrom(source, 0))
	})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = file.Close() }()
	packets, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("listen icmp: %w: %w", ErrCannotAsk, err)
	}
	conn, ok := packets.(*net.IPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen icmp: %w: not a raw socket", ErrCannotAsk), packets.Close())
	}
	return &ICMPConn{conn: conn, buf: make([]byte, maxDatagram)}, nil
}

// Close closes the socket and wakes its reader.
func (c *ICMPConn) Close() error { return c.conn.Close() }

// admit makes the kernel deliver only these types, so that a socket is not woken for its neighbours' packets.
func (c *ICMPConn) admit(types ...int) error {
	blocked := ^uint32(0)
	for _, t := range types {
		blocked &^= 1 << t
	}
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("icmp filter: %w: %w", ErrCannotAsk, err)
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptString(int(fd), solRaw, icmpFilter, string(binary.NativeEndian.AppendUint32(nil, blocked)))
	})
	if err := errors.Join(err, os.NewSyscallError("setsockopt ICMP_FILTER", set)); err != nil {
		return fmt.Errorf("icmp filter: %w: %w", ErrCannotAsk, err)
	}
	return nil
}

// read returns the next well-formed ICMP packet. Only one goroutine may read.
func (c *ICMPConn) read() (icmpPacket, error) {
	for {
		n, _, _, _, err := c.conn.ReadMsgIP(c.buf, nil)
		if err != nil {
			return icmpPacket{}, err
		}
		if p, ok := parseICMP(c.buf[:n]); ok {
			return p, nil
		}
	}
}

// parseICMP reads an IPv4 datagram that carries ICMP.
func parseICMP(datagram []byte) (icmpPacket, bool) {
	headerLen, ok := ipv4HeaderLen(datagram)
	if !ok {
		return icmpPacket{}, false
	}
	message, err := icmp.ParseMessage(unix.IPPROTO_ICMP, datagram[headerLen:])
	if err != nil {
		return icmpPacket{}, false
	}
	return icmpPacket{
		source:  netip.AddrFrom4([4]byte(datagram[12:16])),
		ttl:     int(datagram[8]),
		message: message,
		bytes:   len(datagram) - headerLen,
	}, true
}

// ipv4HeaderLen returns the length of the header of an IPv4 datagram that is at least that long.
func ipv4HeaderLen(datagram []byte) (int, bool) {
	if len(datagram) < ipv4.HeaderLen || datagram[0]>>4 != 4 {
		return 0, false
	}
	n := int(datagram[0]&0x0f) * 4
	return n, n >= ipv4.HeaderLen && n <= len(datagram)
}

// embedded is the packet of ours that an ICMP error is about.
type embedded struct {
	target  netip.Addr
	id, seq int
}

// parseEmbedded returns the echo request inside an ICMP error, and the error's code and sender as a Rejection.
func parseEmbedded(p icmpPacket) (embedded, *Rejection, bool) {
	var original []byte
	switch body := p.message.Body.(type) {
	case *icmp.DstUnreach:
		original = body.Data
	case *icmp.TimeExceeded:
		original = body.Data
	case *icmp.ParamProb:
		original = body.Data
	default:
		return embedded{}, nil, false
	}
	n, ok := ipv4HeaderLen(original)
	if !ok || len(original) < n+8 || original[9] != unix.IPPROTO_ICMP || original[n] != byte(ipv4.ICMPTypeEcho) {
		return embedded{}, nil, false
	}
	kind, ok := p.message.Type.(ipv4.ICMPType)
	if !ok {
		return embedded{}, nil, false
	}
	about := embedded{
		target: netip.AddrFrom4([4]byte(original[16:20])),
		id:     int(binary.BigEndian.Uint16(original[n+4:])),
		seq:    int(binary.BigEndian.Uint16(original[n+6:])),
	}
	return about, &Rejection{Type: int(kind), Code: p.message.Code, From: p.source}, true
}

// echoes is the ICMP side of a series: it sends echo requests and recognises what belongs to them.
type echoes struct {
	conn    *ICMPConn
	target  netip.Addr
	id      int
	payload []byte
}

// newEchoes opens the socket of a series of echo requests. The caller closes it.
func newEchoes(ctx context.Context, sockets Sockets, q Question, nonce nonce) (*echoes, error) {
	conn, err := sockets.ListenICMP(ctx, q.Source)
	if err != nil {
		return nil, err
	}
	err = conn.admit(int(ipv4.ICMPTypeEchoReply), icmpUnreachable, icmpTimeExceeded, icmpParameter)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	payload := make([]byte, q.Payload)
	copy(payload, echoMarker)
	copy(payload[len(echoMarker):], nonce[:])
	// The id tells questions of one namespace apart; the nonce would do, but errors embed no payload.
	return &echoes{conn: conn, target: q.Target, id: int(binary.BigEndian.Uint16(nonce[:2])), payload: payload}, nil
}

func (e *echoes) send(seq int) error {
	message := icmp.Message{
		Type: ipv4.ICMPTypeEcho,
		Body: &icmp.Echo{ID: e.id, Seq: seq, Data: e.payload},
	}
	packet, err := message.Marshal(nil)
	if err != nil {
		return fmt.Errorf("encode echo: %w: %w", ErrCannotAsk, err)
	}
	_, err = e.conn.conn.WriteToIP(packet, &net.IPAddr{IP: e.target.AsSlice()})
	return err
}

func (e *echoes) receive() (reply, error) {
	for {
		p, err := e.conn.read()
		if err != nil {
			return reply{}, err
		}
		if r, ok := e.match(p); ok {
			r.at = time.Now()
			return r, nil
		}
	}
}

// match recognises an echo reply by source, id and payload, and an ICMP error by the request that it embeds.
func (e *echoes) match(p icmpPacket) (reply, bool) {
	if echo, ok := p.message.Body.(*icmp.Echo); ok {
		if p.message.Type != ipv4.ICMPTypeEchoReply || p.source != e.target || echo.ID != e.id ||
			string(echo.Data) != string(e.payload) {
			return reply{}, false
		}
		return reply{seq: echo.Seq, bytes: p.bytes, ttl: p.ttl}, true
	}
	about, rejection, ok := parseEmbedded(p)
	if !ok || about.target != e.target || about.id != e.id {
		return reply{}, false
	}
	return reply{seq: about.seq, err: rejection}, true
}

func (e *echoes) setReadDeadline(t time.Time) error { return e.conn.conn.SetReadDeadline(t) }

func (e *echoes) local() netip.AddrPort { return netip.AddrPort{} }

func (e *echoes) Close() error { return e.conn.Close() }
