package probe

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// transcriptLines bounds the reply lines of a transcript; the statistics always follow.
const transcriptLines = 64

// transcriptOf returns what a user of ping would have seen. For ICMP it has busybox's form, which is the one that the
// documentation page shows; TCP and UDP have one line in the same spirit.
func transcriptOf(q Question, a *Answer, s *series) string {
	if q.Protocol == ICMP {
		return pingTranscript(q, a, s)
	}
	line := fmt.Sprintf("%s %s: %s", q.Protocol, q.Endpoint(), inWords(q, a))
	if q.Count > 1 && a.Sent > 0 {
		line += fmt.Sprintf("; %d of %d answered", a.Received, a.Sent)
	}
	return line + "\n"
}

// inWords says what came of a TCP or UDP question.
func inWords(q Question, a *Answer) string {
	switch a.Outcome {
	case Answered, Partial:
		return answeredInWords(q, a)
	case Timeout:
		stage := ""
		switch {
		case a.Server != "":
			stage = fmt.Sprintf("greeted by %s, then ", a.Server)
		case a.Connected > 0:
			stage = "connected, then "
		}
		return stage + fmt.Sprintf("timed out after %s", seconds(q.Timeout))
	case Canceled:
		return "canceled"
	case Broken:
		return "could not be asked: " + a.Err
	default:
		cause := a.Errno
		if a.Rejection != nil {
			cause = a.Rejection.Error()
		}
		if cause == "" {
			return a.Outcome.String()
		}
		return fmt.Sprintf("%s, %s", a.Outcome, cause)
	}
}

func answeredInWords(q Question, a *Answer) string {
	verb := "connected"
	if q.Protocol == UDP {
		verb = "answered"
	}
	text := verb + ", server is not an agent"
	if a.Server != "" {
		text = fmt.Sprintf("%s, server %s saw %s", verb, a.Server, a.Saw.Addr())
	}
	if len(a.RTTs) > 0 {
		text += fmt.Sprintf(" (%.1f ms)", milliseconds(a.RTTs[0]))
	}
	return text
}

// pingTranscript has one line for each reply and the statistics. A nil series is one that never began.
func pingTranscript(q Question, a *Answer, s *series) string {
	var b strings.Builder
	fmt.Fprintf(&b, "PING %s (%s): %d data bytes\n", q.Target, q.Target, q.Payload)
	if s != nil {
		for i, seq := range s.arrived {
			if i == transcriptLines {
				fmt.Fprintf(&b, "(%d more)\n", len(s.arrived)-i)
				break
			}
			b.WriteString(replyLine(q, s.packets[seq]))
		}
	}
	if a.Outcome == Broken {
		fmt.Fprintf(&b, "ping: %s\n", a.Err)
	}
	loss := 0
	if a.Sent > 0 {
		loss = (a.Sent - a.Received) * 100 / a.Sent
	}
	fmt.Fprintf(&b, "\n--- %s ping statistics ---\n", q.Target)
	fmt.Fprintf(&b, "%d packets transmitted, %d packets received, %d%% packet loss\n", a.Sent, a.Received, loss)
	if len(a.RTTs) > 0 {
		var sum time.Duration
		for _, rtt := range a.RTTs {
			sum += rtt
		}
		fmt.Fprintf(&b, "round-trip min/avg/max = %.3f/%.3f/%.3f ms\n", milliseconds(slices.Min(a.RTTs)),
			milliseconds(sum/time.Duration(len(a.RTTs))), milliseconds(slices.Max(a.RTTs)))
	}
	return b.String()
}

func replyLine(q Question, p packet) string {
	r := p.reply
	var rejection *Rejection
	switch {
	case errors.As(r.err, &rejection):
		return fmt.Sprintf("from %s: seq=%d %s (icmp %d/%d)\n",
			rejection.From, r.seq, rejection.Text(), rejection.Type, rejection.Code)
	case r.err != nil:
		cause := ErrnoName(r.err)
		if cause == "" {
			cause = r.err.Error()
		}
		return fmt.Sprintf("ping: sendto: seq=%d %s\n", r.seq, cause)
	default:
		return fmt.Sprintf("%d bytes from %s: seq=%d ttl=%d time=%.3f ms\n",
			r.bytes, q.Target, r.seq, r.ttl, milliseconds(p.rtt))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
