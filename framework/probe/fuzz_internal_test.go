package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// noSockets is a machine on which nothing can be opened.
type noSockets struct{}

func (noSockets) Dial(context.Context, Protocol, netip.AddrPort, netip.AddrPort) (net.Conn, error) {
	return nil, ErrCannotAsk
}

func (noSockets) Listen(context.Context, netip.AddrPort) (net.Listener, error) {
	return nil, ErrCannotAsk
}

func (noSockets) ListenPacket(context.Context, netip.AddrPort) (*net.UDPConn, error) {
	return nil, ErrCannotAsk
}

func (noSockets) ListenICMP(context.Context, netip.Addr) (*ICMPConn, error) {
	return nil, ErrCannotAsk
}

// counted is a control connection that ends with its input and counts what it is told.
type counted struct {
	io.Reader
	written int
}

func (c *counted) Write(p []byte) (int, error) {
	c.written += len(p)
	return len(p), nil
}

// FuzzServeConn looks for control input upon which an agent panics, never ends, or says more than it was asked for:
// per line of input there is at most one line, and a line is bounded.
func FuzzServeConn(f *testing.F) {
	question := `{"id":"q","protocol":"tcp","target":"192.0.2.1","port":80,"count":3,"timeout":"1s"}`
	steady := `{"id":"q","protocol":"tcp","target":"192.0.2.1","port":80,"interval":"1ms"}`
	for _, line := range []string{
		`{"version":2,"id":1,"op":"health"}`,
		`{"version":2,"id":2,"op":"sightings"}`,
		`{"version":2,"id":3,"op":"ask","questions":[` + question + `]}`,
		`{"version":2,"id":4,"op":"listen","listeners":[{"protocol":"tcp","port":80},{"protocol":"icmp"}]}`,
		`{"version":2,"id":5,"op":"open","questions":[` + question + `]}`,
		`{"version":2,"id":6,"op":"exchange","stream":1}`,
		`{"version":2,"id":7,"op":"close","stream":1}`,
		`{"version":2,"id":3,"op":"cancel"}`,
		`{"version":2,"id":8,"op":"health"}`,
		`{"version":2,"id":9,"op":"traffic","traffic":{"questions":[` + steady + `],"streams":[` + steady + `],"lasting":1000000}}`,
	} {
		f.Add([]byte(line + "\n"))
	}
	f.Add(bytes.Repeat([]byte(`{"version":2,"id":9,"op":"ask","questions":[]}`+"\n"), 3))
	f.Fuzz(func(t *testing.T, input []byte) {
		agent := NewLocal("fuzzed", noSockets{})
		conn := &counted{Reader: bytes.NewReader(input)}
		began := time.Now()
		err := agent.ServeConn(t.Context(), conn)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("the connection ended with %v", err)
		}
		if took := time.Since(began); took > DefaultTimeout {
			t.Errorf("an agent without sockets took %s", took)
		}
		if lines := bytes.Count(input, []byte{'\n'}) + 1; conn.written > lines*MaxLine {
			t.Errorf("%d bytes in answer to %d lines", conn.written, lines)
		}
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzPeer looks for what a server or client may say upon which the other one panics, or which it accepts and cannot
// say itself: the greeting of a TCP connection, a datagram, a line.
func FuzzPeer(f *testing.F) {
	f.Add([]byte(`{"vpcgate":2,"identity":"web-vm","saw":"192.0.2.7:4711","listener":"tcp/80"}` + "\n"))
	f.Add([]byte(`{"nonce":"0123456789abcdef","seq":3,"identity":"web-vm","saw":"192.0.2.7:4711","listener":"udp/53"}    `))
	f.Add([]byte("ECHO 20\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if g, err := decodeGreeting(data); err == nil && (g.Identity == "" || len(g.Identity) > maxName) {
			t.Errorf("greeted by %q", g.Identity)
		}
		if d, err := decodeDatagram(data); err == nil {
			again, err := d.encode(len(data))
			if err != nil {
				t.Fatalf("accepted but not encodable: %v", err)
			}
			if back, err := decodeDatagram(again); err != nil || back != d {
				t.Errorf("went %+v, came back %+v, %v", d, back, err)
			}
		}
		r := bufio.NewReader(bytes.NewReader(data))
		for {
			line, err := readLine(r, maxCommand)
			if len(line) > maxCommand {
				t.Errorf("a line of %d bytes", len(line))
			}
			if err != nil {
				return
			}
		}
	})
}

// FuzzObey looks for commands upon which a server panics, or sends more than it received.
func FuzzObey(f *testing.F) {
	for _, input := range []string{"ECHO 3\nabc", "ECHO 65000\n", "ECHO -1\n", "STREAM\n1\n2\n", "ECHO 3\nabcSTREAM\n1\n", "QUIT\n"} {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		server := NewServer("fuzzed", noSockets{})
		service := &tcpService{server: server, conns: map[net.Conn]struct{}{}, done: make(chan struct{})}
		conn := &said{in: bytes.NewReader(input)}
		service.converse(conn)
		// Beyond its greeting a server only says what it was told.
		if greeting := bytes.IndexByte(conn.out.Bytes(), '\n') + 1; conn.out.Len()-greeting > len(input) {
			t.Errorf("%d bytes in answer to %d", conn.out.Len()-greeting, len(input))
		}
	})
}

// said is a connection whose peer has said everything already.
type said struct {
	in  io.Reader
	out bytes.Buffer
}

func (s *said) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *said) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *said) Close() error                     { return nil }
func (s *said) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *said) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *said) SetDeadline(time.Time) error      { return nil }
func (s *said) SetReadDeadline(time.Time) error  { return nil }
func (s *said) SetWriteDeadline(time.Time) error { return nil }

// FuzzParseNames looks for texts of listeners and protocols that are accepted and do not come back.
func FuzzParseNames(f *testing.F) {
	for _, text := range []string{"tcp/80", "udp/53@192.168.10.25", "icmp", "icmp@::ffff:10.0.0.1", "tcp/0", "tcp/80@fe80::1%eth0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseListener(text)
		if err != nil {
			return
		}
		if back, err := ParseListener(fmt.Sprint(l)); err != nil || back != l {
			t.Errorf("%q went %v, came back %v, %v", text, l, back, err)
		}
	})
}
