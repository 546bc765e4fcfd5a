package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// commandStream turns a connection into a stream of numbered lines, each of which is echoed.
	commandStream = "STREAM"
	// commandEcho is followed by a number of bytes, which are read in full and then sent back.
	commandEcho = "ECHO"
	// maxCommand bounds a client's line.
	maxCommand = 64
	// greetingTimeout is how long a server tries to greet and awaits a command. A stream may then idle for ever.
	greetingTimeout = 10 * time.Second
	// maxConnections bounds the connections of one listener.
	maxConnections = 1024
	// acceptPause follows a failed accept, such as one for want of file descriptors.
	acceptPause = 10 * time.Millisecond
)

// tcpService is one open TCP listener and its connections.
type tcpService struct {
	server   *Server
	listener Listener
	socket   net.Listener
	slots    chan struct{}
	done     chan struct{}
	tasks    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func (s *Server) serveTCP(ctx context.Context, l Listener) (io.Closer, error) {
	socket, err := s.sockets.Listen(ctx, l.endpoint())
	if err != nil {
		return nil, err
	}
	t := &tcpService{
		server: s, listener: l, socket: socket,
		slots: make(chan struct{}, maxConnections), done: make(chan struct{}), conns: make(map[net.Conn]struct{}),
	}
	t.tasks.Go(t.accept)
	return t, nil
}

// Close implements io.Closer.
func (t *tcpService) Close() error {
	close(t.done)
	err := t.socket.Close()
	t.mu.Lock()
	for conn := range t.conns {
		_ = conn.Close()
	}
	// A connection that is accepted from here on is closed by hold.
	t.conns = nil
	t.mu.Unlock()
	t.tasks.Wait()
	return err
}

func (t *tcpService) accept() {
	for {
		select {
		case <-t.done:
			return
		case t.slots <- struct{}{}:
		}
		conn, err := t.socket.Accept()
		if err != nil {
			<-t.slots
			if errors.Is(err, net.ErrClosed) || !t.rest() {
				return
			}
			continue
		}
		t.tasks.Go(func() {
			defer func() { <-t.slots }()
			t.hold(conn)
		})
	}
}

// rest waits a little and says whether the service still lives.
func (t *tcpService) rest() bool {
	timer := time.NewTimer(acceptPause)
	defer timer.Stop()
	select {
	case <-t.done:
		return false
	case <-timer.C:
		return true
	}
}

// hold registers a connection for as long as it is served.
func (t *tcpService) hold(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	t.mu.Lock()
	if t.conns == nil {
		t.mu.Unlock()
		return
	}
	t.conns[conn] = struct{}{}
	t.mu.Unlock()
	t.converse(conn)
	t.mu.Lock()
	delete(t.conns, conn)
	t.mu.Unlock()
}

// converse greets and then obeys commands until the client leaves. Its errors are the client's to report.
func (t *tcpService) converse(conn net.Conn) {
	t.server.gate.pass(t.done)
	source := addrPortOf(conn.RemoteAddr())
	t.server.seen.add(Sighting{Protocol: TCP, Listener: t.listener, Source: source})
	line, err := json.Marshal(greeting{
		Version: Version, Identity: t.server.identity, Saw: source, Listener: t.listener.String(),
	})
	if err != nil {
		return
	}
	if conn.SetDeadline(time.Now().Add(greetingTimeout)) != nil {
		return
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return
	}
	r := bufio.NewReader(conn)
	for {
		command, err := readLine(r, maxCommand)
		if err != nil {
			return
		}
		if err := t.obey(conn, r, strings.TrimSpace(string(command))); err != nil {
			return
		}
	}
}

// obey carries out one command.
func (t *tcpService) obey(conn net.Conn, r *bufio.Reader, command string) error {
	if command == commandStream {
		if err := conn.SetDeadline(time.Time{}); err != nil {
			return err
		}
		bePatient(conn)
		return t.echoLines(conn, r)
	}
	name, argument, _ := strings.Cut(command, " ")
	size, err := strconv.Atoi(argument)
	if name != commandEcho || err != nil || size < 0 || size > MaxPayload {
		return fmt.Errorf("command %q: %w", command, ErrMalformed)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return err
	}
	t.server.gate.pass(t.done)
	_, err = conn.Write(payload)
	return err
}

// echoLines echoes lines until the client leaves.
func (t *tcpService) echoLines(conn net.Conn, r *bufio.Reader) error {
	for {
		line, err := readLine(r, maxCommand)
		if err != nil {
			return err
		}
		t.server.gate.pass(t.done)
		if _, err := conn.Write(line); err != nil {
			return err
		}
	}
}
