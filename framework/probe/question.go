package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Limits of a question, and what its zero fields stand for.
const (
	// DefaultTimeout is how long a reply is awaited when the question does not say.
	DefaultTimeout = time.Second
	// DefaultInterval separates packets and attempts when the question does not say.
	DefaultInterval = 100 * time.Millisecond
	// DefaultPayload is the ICMP payload of ping: 56 bytes make a packet of 84.
	DefaultPayload = 56
	// MaxQuestions is how many questions one call may carry.
	MaxQuestions = 1000
	// MaxCount is how many packets or attempts one question may ask for.
	MaxCount = 1000
	// MaxPayload keeps every packet below the 65,507 bytes that a datagram can carry.
	MaxPayload = 65000

	maxTimeout  = 5 * time.Minute
	maxInterval = time.Minute
	maxName     = 253
	// minPayload has room for the marker and the nonce by which an echo is recognised.
	minPayload = nonceBytes + 4
)

// Question is one flow to ask about. It is a value: asking does not change it.
type Question struct {
	// ID is the caller's own name for the question, at most 253 bytes. The answer repeats it.
	ID string
	// Protocol is how to ask.
	Protocol Protocol
	// Source is the local address to ask from. The zero value leaves the choice to the kernel.
	Source netip.Addr
	// Target is whom to ask. ICMP needs an IPv4 target.
	Target netip.Addr
	// Port is the target's port. It must be 0 for ICMP.
	Port uint16
	// Count is the number of packets (ICMP, UDP) or of connections one after the other (TCP). 0 stands for 1.
	Count int
	// Interval separates packets, or the starts of connections. 0 stands for DefaultInterval.
	Interval time.Duration
	// Timeout is how long each reply, or each connection with its greeting, is awaited, and how long a use may be
	// silent. 0 stands for DefaultTimeout.
	Timeout time.Duration
	// Payload is the size in bytes: of the ICMP data (0 stands for DefaultPayload), of the UDP datagrams both ways
	// (0 stands for as small as possible), of what is echoed over a TCP connection after the greeting (0 is nothing).
	Payload int
	// Use is what is done over TCP in place of the greeting; the zero value is nothing. It is done once.
	Use Use
	// Name is what a DNS server is asked for in place of a datagram of ours, over UDP and once; empty is nothing.
	Name string
	// Lasting is how long a production of the use goes on, with a record every Interval; see Producer. It must be 0
	// for every other question.
	Lasting time.Duration
}

// Endpoint returns target and port.
func (q Question) Endpoint() netip.AddrPort { return netip.AddrPortFrom(q.Target, q.Port) }

// normal returns the question with its zero fields replaced by what they stand for.
func (q Question) normal() Question {
	q.Target, q.Source = q.Target.Unmap(), q.Source.Unmap()
	if q.Count == 0 {
		q.Count = 1
	}
	if q.Interval == 0 {
		q.Interval = DefaultInterval
	}
	if q.Timeout == 0 {
		q.Timeout = DefaultTimeout
	}
	if q.Payload == 0 && q.Protocol == ICMP {
		q.Payload = DefaultPayload
	}
	return q
}

// Validate reports all that is wrong with the question at once, or nil.
func (q Question) Validate() error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("question %q: "+format, append([]any{q.ID}, args...)...))
	}
	q = q.normal()
	if len(q.ID) > maxName {
		q.ID = q.ID[:16] + "…"
		wrong("id: longer than %d bytes", maxName)
	}
	if _, err := ParseProtocol(q.Protocol.String()); err != nil {
		wrong("%w", err)
	}
	switch {
	case !q.Target.IsValid(), q.Target.IsUnspecified(), q.Target.IsMulticast(), q.Target.Zone() != "":
		wrong("target %q: want a unicast address without a zone", q.Target)
	case q.Protocol == ICMP && !q.Target.Is4():
		wrong("target %s: icmp is asked over IPv4 only", q.Target)
	case q.Source.IsValid() && (q.Source.Is4() != q.Target.Is4() || q.Source.Zone() != ""):
		wrong("source %s: not of the same family as target %s", q.Source, q.Target)
	}
	if q.Protocol == ICMP && q.Port != 0 {
		wrong("port %d: icmp has no ports", q.Port)
	}
	if q.Protocol != ICMP && q.Port == 0 {
		wrong("port 0: %s needs a port", q.Protocol)
	}
	if q.Count < 0 || q.Count > MaxCount {
		wrong("count %d: want 1 to %d", q.Count, MaxCount)
	}
	if q.Interval < 0 || q.Interval > maxInterval {
		wrong("interval %s: want at most %s", q.Interval, maxInterval)
	}
	if q.Timeout < 0 || q.Timeout > maxTimeout {
		wrong("timeout %s: want at most %s", q.Timeout, maxTimeout)
	}
	if q.Payload < 0 || q.Payload > MaxPayload {
		wrong("payload %d: want at most %d bytes", q.Payload, MaxPayload)
	} else if q.Protocol == ICMP && q.Payload < minPayload {
		wrong("payload %d: icmp needs at least %d bytes to recognise its own", q.Payload, minPayload)
	}
	q.validateUse(wrong)
	q.validateName(wrong)
	return errors.Join(problems...)
}

// ValidateAll reports all that is wrong with a set of questions at once, or nil.
func ValidateAll(questions []Question) error {
	if len(questions) > MaxQuestions {
		return fmt.Errorf("ask %d questions: %w: at most %d in one call", len(questions), ErrTooLarge, MaxQuestions)
	}
	problems := make([]error, 0, len(questions))
	for _, q := range questions {
		problems = append(problems, q.Validate())
	}
	return errors.Join(problems...)
}

// Answer is what came of one question.
type Answer struct {
	// ID is the question's.
	ID string
	// Outcome is what came of it.
	Outcome Outcome
	// Errno is the symbolic name of the first errno met, such as ECONNREFUSED. It is empty when there was none.
	Errno string
	// Rejection is the first ICMP error met, or nil. It names the hop that sent it.
	Rejection *Rejection
	// Server is the identity that the server stated. It is empty for ICMP, which kernels answer, and for a TCP
	// server that is not an agent (Err then says so). Of a use it is the instance's identity, or that of an agent
	// which answered in its place; of a name it is the address that the name was said to have.
	Server string
	// Saw is the source address and port that the server saw. It is zero whenever Server is empty, and for a use whose
	// protocol cannot tell.
	Saw netip.AddrPort
	// Local is the address and port that the question was last asked from. The port is 0 for ICMP.
	Local netip.AddrPort
	// Nonce is what marks the packets of this question (ICMP, UDP). Sightings at the server carry the same nonce.
	Nonce string
	// Sent counts packets or attempts, Connected completed TCP handshakes, Received complete answers.
	Sent, Connected, Received int
	// RTTs are the round-trip times of the answers in order of arrival. For TCP they run from the first SYN to the
	// greeting, and to the end of the echo if there is a payload.
	RTTs []time.Duration
	// Started is the wall clock at the first packet, Elapsed what the whole question took.
	Started time.Time
	Elapsed time.Duration
	// Transcript is the question as a user of ping would have seen it, lines separated by newlines.
	Transcript string
	// Code is what the application meant when it denied, one of package verdict's codes. It is empty when the
	// application has its own reason, of which Err is the text.
	Code string
	// At is where a use ended that leads to several servers.
	At netip.AddrPort
	// Err is the text of the first error met, or a remark on an answer that did not come from an agent. Of a use it
	// is the client library's own.
	Err string
}

// fail records an error as the answer's cause, unless an earlier one is recorded.
func (a *Answer) fail(err error) {
	if err == nil || a.Err != "" {
		return
	}
	a.Err, a.Errno = err.Error(), ErrnoName(err)
	var rejection *Rejection
	if errors.As(err, &rejection) {
		a.Rejection = rejection
	}
}
