package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// datagram is what client and server say over UDP. It is padded with spaces to the question's payload.
type datagram struct {
	Nonce string `json:"nonce"`
	Seq   int    `json:"seq"`
	// Identity, Saw and Listener are the server's.
	Identity string         `json:"identity,omitempty"`
	Saw      netip.AddrPort `json:"saw,omitzero"`
	Listener string         `json:"listener,omitempty"`
}

// encode returns the datagram with at least size bytes.
func (d datagram) encode(size int) ([]byte, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode datagram: %w", err)
	}
	if missing := size - len(data); missing > 0 {
		data = append(data, bytes.Repeat([]byte{' '}, missing)...)
	}
	return data, nil
}

// decodeDatagram reads a datagram of ours.
func decodeDatagram(data []byte) (datagram, error) {
	var d datagram
	if err := strictUnmarshal(data, &d); err != nil {
		return datagram{}, fmt.Errorf("decode datagram: %w: %w", ErrMalformed, err)
	}
	if len(d.Nonce) != 2*nonceBytes || d.Seq < 0 || d.Seq >= MaxCount || len(d.Identity) > maxName {
		return datagram{}, fmt.Errorf("decode datagram: %w", ErrMalformed)
	}
	return d, nil
}

// datagrams is the UDP side of a series, over one connected socket: only the target's own replies are received.
type datagrams struct {
	conn  net.Conn
	raw   syscall.RawConn
	nonce string
	size  int
	buf   []byte
	// overdue are errors about earlier packets that a later send met.
	overdue []reply
}

// newDatagrams opens the socket of a series of datagrams. The caller closes it.
func newDatagrams(ctx context.Context, sockets Sockets, q Question, n nonce) (*datagrams, error) {
	conn, err := sockets.Dial(ctx, UDP, sourceOf(q), q.Endpoint())
	if err != nil {
		return nil, err
	}
	d := &datagrams{conn: conn, nonce: n.String(), size: q.Payload, buf: make([]byte, maxDatagram)}
	if sc, ok := conn.(syscall.Conn); ok {
		if d.raw, err = sc.SyscallConn(); err != nil {
			return nil, errors.Join(fmt.Errorf("udp socket: %w: %w", ErrCannotAsk, err), conn.Close())
		}
	}
	return d, nil
}

// sourceOf returns the address that the question asks from, with a port for the kernel to choose.
func sourceOf(q Question) netip.AddrPort {
	if !q.Source.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(q.Source, 0)
}

func (d *datagrams) send(seq int) error {
	data, err := datagram{Nonce: d.nonce, Seq: seq}.encode(d.size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCannotAsk, err)
	}
	// A send may fail with an error about an earlier packet, in which case this one has not left. The error queue
	// tells the two apart. An error may be pending for each earlier packet.
	for range MaxCount {
		_, err = d.conn.Write(data)
		if err == nil || d.raw == nil {
			return err
		}
		rejection := queuedRejection(d.raw)
		if rejection == nil || isLocalRefusal(err) {
			return err
		}
		rejection.errno = err
		d.overdue = append(d.overdue, reply{seq: -1, at: time.Now(), err: rejection})
	}
	return err
}

// isLocalRefusal says whether a send was refused by a rule of the sender's own kernel, which ICMP never causes.
func isLocalRefusal(err error) bool { return errors.Is(err, unix.EPERM) }

func (d *datagrams) receive() (reply, error) {
	if len(d.overdue) > 0 {
		r := d.overdue[0]
		d.overdue = d.overdue[1:]
		return r, nil
	}
	for {
		n, err := d.conn.Read(d.buf)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
				return reply{}, err
			}
			if d.raw != nil {
				err = exact(d.raw, err)
			}
			return reply{seq: -1, at: time.Now(), err: err}, nil
		}
		got, err := decodeDatagram(d.buf[:n])
		if err != nil || got.Nonce != d.nonce || got.Identity == "" {
			continue
		}
		return reply{seq: got.Seq, at: time.Now(), bytes: n, server: got.Identity, saw: got.Saw}, nil
	}
}

func (d *datagrams) setReadDeadline(t time.Time) error { return d.conn.SetReadDeadline(t) }

func (d *datagrams) local() netip.AddrPort { return addrPortOf(d.conn.LocalAddr()) }

func (d *datagrams) Close() error { return d.conn.Close() }

// addrPortOf returns the address of a TCP or UDP socket, without the IPv6 form of an IPv4 address.
func addrPortOf(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
	case *net.UDPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
