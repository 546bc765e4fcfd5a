package probe

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"os"
	"time"
)

// nonce marks the packets of one question.
type nonce [nonceBytes]byte

func newNonce() nonce {
	var n nonce
	// crypto/rand.Read never returns an error: it ends the program if the kernel has no randomness.
	_, _ = rand.Read(n[:])
	return n
}

func (n nonce) String() string { return hex.EncodeToString(n[:]) }

// reply is what came back for one packet: an answer, or an error of the network.
type reply struct {
	// seq is the packet's number, or -1 when only the socket is known, which means the oldest open packet.
	seq   int
	at    time.Time
	bytes int
	ttl   int
	// server and saw are what the server stated (UDP).
	server string
	saw    netip.AddrPort
	err    error
}

// exchanger sends numbered packets and receives what comes back for them.
type exchanger interface {
	io.Closer
	send(seq int) error
	// receive returns the next reply that belongs to the question, or os.ErrDeadlineExceeded.
	receive() (reply, error)
	setReadDeadline(time.Time) error
	local() netip.AddrPort
}

// packet is one numbered packet of a series.
type packet struct {
	sent    time.Time
	settled bool
	rtt     time.Duration
	reply   reply
}

// series asks a question of several packets, one every interval, and awaits each reply for the timeout.
type series struct {
	question Question
	exchange exchanger
	packets  []packet
	open     int
	received int
	arrived  []int
}

// run returns nil when every packet was settled or given up, and the context's cause when that ended first.
func (s *series) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.exchange.setReadDeadline(longAgo()) })
	defer stop()
	var wake time.Time
	for len(s.packets) < s.question.Count || s.open > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		now := time.Now()
		unsent := s.question.Count - len(s.packets)
		if unsent > 0 && !now.Before(wake) {
			s.send(now)
			wake = now.Add(s.question.Interval)
			if unsent == 1 {
				wake = now.Add(s.question.Timeout)
			}
			continue
		}
		if unsent == 0 && !now.Before(wake) {
			return nil
		}
		if err := s.exchange.setReadDeadline(wake); err != nil {
			return errors.Join(ErrCannotAsk, err)
		}
		// The context may have ended between its check above and the new deadline, which then undid the wake-up.
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := s.receive(); err != nil {
			return err
		}
	}
	return nil
}

func (s *series) send(now time.Time) {
	seq := len(s.packets)
	s.packets = append(s.packets, packet{sent: now})
	s.open++
	if err := s.exchange.send(seq); err != nil {
		s.settle(reply{seq: seq, at: now, err: err})
	}
}

// receive settles the next reply. The end of the read deadline is not an error.
func (s *series) receive() error {
	r, err := s.exchange.receive()
	switch {
	case err == nil:
		s.settle(r)
	case errors.Is(err, os.ErrDeadlineExceeded):
	default:
		return errors.Join(ErrCannotAsk, err)
	}
	return nil
}

// settle enters a reply. Duplicates, replies after the timeout and replies to nothing count as silence.
func (s *series) settle(r reply) {
	if r.seq < 0 {
		for r.seq = 0; r.seq < len(s.packets) && s.packets[r.seq].settled; {
			r.seq++
		}
	}
	if r.seq >= len(s.packets) || s.packets[r.seq].settled {
		return
	}
	p := &s.packets[r.seq]
	p.rtt = r.at.Sub(p.sent)
	if p.rtt > s.question.Timeout {
		return
	}
	p.settled, p.reply = true, r
	s.open--
	s.arrived = append(s.arrived, r.seq)
	if r.err == nil {
		s.received++
	}
}

// askSeries asks an ICMP or UDP question.
func askSeries(ctx context.Context, sockets Sockets, q Question, a *Answer) {
	n := newNonce()
	if s, numbers := sockets.(numberer); numbers {
		binary.BigEndian.PutUint16(n[:], s.number())
	}
	a.Nonce = n.String()
	s := &series{question: q}
	var err error
	if q.Protocol == ICMP {
		s.exchange, err = newEchoes(ctx, sockets, q, n)
	} else {
		s.exchange, err = newDatagrams(ctx, sockets, q, n)
	}
	if err == nil {
		a.Local = s.exchange.local()
		err = s.run(ctx)
		_ = s.exchange.Close()
	}
	s.report(a)
	switch {
	case err != nil:
		a.fail(err)
		a.Outcome = OutcomeOf(err)
	case s.received == q.Count:
		a.Outcome = Answered
	case s.received > 0:
		a.Outcome = Partial
	default:
		a.Outcome = s.failure()
	}
	a.Transcript = transcriptOf(q, a, s)
}

// report enters what the packets brought.
func (s *series) report(a *Answer) {
	a.Sent, a.Received = len(s.packets), s.received
	for _, seq := range s.arrived {
		p := s.packets[seq]
		if p.reply.err != nil {
			a.fail(p.reply.err)
			continue
		}
		a.RTTs = append(a.RTTs, p.rtt)
		if a.Server == "" {
			a.Server, a.Saw = p.reply.server, p.reply.saw
		}
	}
}

// failure returns the outcome of a series without any answer: that of its first error, or silence.
func (s *series) failure() Outcome {
	for _, seq := range s.arrived {
		if err := s.packets[seq].reply.err; err != nil {
			return OutcomeOf(err)
		}
	}
	return Timeout
}
