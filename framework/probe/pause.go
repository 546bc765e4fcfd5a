package probe

import "sync"

// gate is what answering goes through: it is shut while the programs of the server's machine stand still.
type gate struct {
	mu   sync.Mutex
	shut chan struct{}
	// held counts the answers that came to it since it was shut.
	held int
}

// pass returns once the gate is open, or the service is done.
func (g *gate) pass(done <-chan struct{}) {
	for first := true; ; first = false {
		g.mu.Lock()
		shut := g.shut
		if shut != nil && first {
			g.held++
		}
		g.mu.Unlock()
		if shut == nil {
			return
		}
		select {
		case <-shut:
		case <-done:
			return
		}
	}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case shut && g.shut == nil:
		g.shut, g.held = make(chan struct{}), 0
	case !shut && g.shut != nil:
		close(g.shut)
		g.shut = nil
	}
}

// Pause stops answering, as a program does that gets no time: the kernel goes on taking connections and datagrams, which are answered
// after Resume. Pausing twice is pausing once.
func (l *Local) Pause() { l.server.gate.set(true) }

// Resume goes on answering.
func (l *Local) Resume() { l.server.gate.set(false) }

// Held counts the answers that wait for Resume, or did when their service ended.
func (l *Local) Held() int {
	g := &l.server.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		return 0
	}
	return g.held
}

// Disconnect cuts all connections that clients have made to the agent, as a machine does that is switched off, and returns how many there
// were. Its listeners stay.
func (l *Local) Disconnect() int { return l.server.disconnect() }

func (s *Server) disconnect() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, service := range s.open {
		if t, ok := service.(*tcpService); ok {
			n += t.disconnect()
		}
	}
	return n
}

func (t *tcpService) disconnect() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for conn := range t.conns {
		_ = conn.Close()
	}
	return len(t.conns)
}
