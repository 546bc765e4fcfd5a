package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Outcome is what came of a question. The zero value is invalid.
type Outcome uint8

// The outcomes. All but Canceled and Broken are statements about the network.
const (
	// Answered means that every packet or attempt got its answer.
	Answered Outcome = iota + 1
	// Timeout means silence: nothing at all came back within the question's own timeout.
	Timeout
	// Refused means that the target, or a rule in its name, said that nothing listens (ECONNREFUSED).
	Refused
	// Reset means that a connection was made and then cut before it answered.
	Reset
	// HostUnreachable means that a hop, or the asker's own neighbour lookup, could not find the host.
	HostUnreachable
	// NetUnreachable means that a hop, or the asker's own routing table, has no route.
	NetUnreachable
	// Prohibited means that a rule said no aloud: EPERM or EACCES locally, or ICMP "administratively prohibited".
	Prohibited
	// TooBig means that a packet exceeded what the path carries, and that the path said so.
	TooBig
	// Partial means that some packets or attempts were answered and others were not.
	Partial
	// Canceled means that the caller's context ended first; it says nothing about the network.
	Canceled
	// Broken means that the agent could not ask; it says nothing about the network.
	Broken
	// Denied means that the connection stood and the application said no, or spoke another protocol.
	Denied
)

// ErrCannotAsk marks errors of the agent itself, such as a socket that could not be created. It makes an outcome
// Broken whatever errno lies beneath, so that a missing privilege is never taken for a firewall.
var ErrCannotAsk = errors.New("the agent cannot ask")

// outcomeNames is indexed by Outcome.
var outcomeNames = [...]string{
	Answered: "answered", Timeout: "timeout", Refused: "refused", Reset: "reset",
	HostUnreachable: "host-unreachable", NetUnreachable: "net-unreachable", Prohibited: "prohibited",
	TooBig: "too-big", Partial: "partial", Canceled: "canceled", Broken: "broken", Denied: "denied",
}

// Valid says whether the outcome is one of the named ones.
func (o Outcome) Valid() bool { return o > 0 && int(o) < len(outcomeNames) }

// Conclusive says whether the outcome is a statement about the network.
func (o Outcome) Conclusive() bool { return o.Valid() && o != Canceled && o != Broken }

// String returns the outcome in lower case with hyphens, or a placeholder for an invalid value.
func (o Outcome) String() string {
	if !o.Valid() {
		return fmt.Sprintf("outcome(%d)", uint8(o))
	}
	return outcomeNames[o]
}

// MarshalText returns the outcome's name. An invalid outcome is an error.
func (o Outcome) MarshalText() ([]byte, error) {
	if !o.Valid() {
		return nil, fmt.Errorf("outcome %d: not a valid outcome", uint8(o))
	}
	return []byte(o.String()), nil
}

// UnmarshalText accepts exactly the names that String returns for valid outcomes.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames {
		if i > 0 && name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("outcome %q: not a known outcome", text)
}

// OutcomeOf returns the outcome that an error means for the flow that ended with it.
//
// A nil error is Answered. The end of a context is Canceled, also when its deadline passed: a question's own timeout
// is not a context and arrives as [os.ErrDeadlineExceeded]. What ICMP said is more exact than the errno that the
// kernel makes of it, so a *[Rejection] decides first. Everything unknown is Broken.
func OutcomeOf(err error) Outcome {
	var rejection *Rejection
	var flow *FlowError
	switch {
	case err == nil:
		return Answered
	case errors.As(err, &flow):
		return flow.Outcome
	case errors.Is(err, ErrCannotAsk):
		return Broken
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Canceled
	case errors.As(err, &rejection):
		return rejection.Outcome()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Reset
	}
	for _, row := range errnoOutcomes() {
		if errors.Is(err, row.errno) {
			return row.outcome
		}
	}
	return Broken
}

// FlowError is an error that another agent met and whose outcome it stated. OutcomeOf returns that outcome.
type FlowError struct {
	Outcome Outcome
	Text    string
}

// Error returns the other agent's text.
func (e *FlowError) Error() string { return e.Text }

// errnoOutcome is one row of the table of errnos that are statements about the network.
type errnoOutcome struct {
	errno   unix.Errno
	outcome Outcome
}

// errnoOutcomes returns the table. Linux hides the ICMP code behind these numbers: icmp(7) "3/13 prohibited" arrives
// as EHOSTUNREACH, which is why OutcomeOf looks at a Rejection first.
func errnoOutcomes() []errnoOutcome {
	return []errnoOutcome{
		{unix.ETIMEDOUT, Timeout},
		{unix.ECONNREFUSED, Refused},
		{unix.ENOPROTOOPT, Refused},
		{unix.ECONNRESET, Reset},
		{unix.EPIPE, Reset},
		{unix.ECONNABORTED, Reset},
		{unix.EHOSTUNREACH, HostUnreachable},
		{unix.EHOSTDOWN, HostUnreachable},
		{unix.ENONET, HostUnreachable},
		{unix.ENETUNREACH, NetUnreachable},
		{unix.ENETDOWN, NetUnreachable},
		{unix.EACCES, Prohibited},
		{unix.EPERM, Prohibited},
		{unix.EMSGSIZE, TooBig},
	}
}

// ErrnoName returns the symbolic name of the errno inside err, such as ECONNREFUSED, or "" when there is none.
func ErrnoName(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	return unix.ErrnoName(errno)
}
