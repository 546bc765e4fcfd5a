package verdict

import (
	"fmt"
	"net/netip"
)

// Kind is what happened to a flow.
type Kind string

const (
	// KindReached: the server answered; the verdict names whom it saw.
	KindReached Kind = "reached"
	// KindDropped: the request was dropped silently at a hop, by a rule.
	KindDropped Kind = "dropped"
	// KindReplyLost: the request arrived, the reply was lost.
	KindReplyLost Kind = "reply-lost"
	// KindRefused: the server's host answered that nothing listens there.
	KindRefused Kind = "refused"
	// KindRejected: something on the way answered with an error code.
	KindRejected Kind = "rejected"
	// KindUnreachable: the client's own side had no way to the destination.
	KindUnreachable Kind = "unreachable"
	// KindAppDenied: the connection stands and the application said no.
	KindAppDenied Kind = "app-denied"
	// KindStalled: the connection stands and small payloads pass, larger ones
	// end at a hop, by a rule.
	KindStalled Kind = "stalled"
	// KindMisdelivered: another server than the one asked for answered.
	KindMisdelivered Kind = "misdelivered"
	// KindInconclusive: the question could not be asked or the evidence does
	// not tell. It satisfies no expectation.
	KindInconclusive Kind = "inconclusive"
)

// Verdict is the answer to a flow and, at the same time, the form in which a
// scenario expects one. Only the fields of its Kind are set. SeenAddress, Why
// and the addresses behind names are information, not part of the identity
// that SatisfiedBy compares.
type Verdict struct {
	Kind Kind `json:"kind"`
	// SeenAs names the endpoint whose address the server saw (reached).
	SeenAs string `json:"seenAs,omitempty"`
	// SeenAddress is the address that the server saw (reached).
	SeenAddress netip.Addr `json:"seenAddress,omitzero"`
	// ArrivedAt names the host, node or pod that the request reached (reply-lost).
	ArrivedAt string `json:"arrivedAt,omitempty"`
	// Hop names where it was dropped, lost or stalled, or who rejected it: a
	// VPC's router, or a machine.
	Hop string `json:"hop,omitempty"`
	// Rule names what dropped it (dropped, reply-lost, stalled) or rejected it; see the constructors in
	// rule.go. It is empty only where no rule exists, as for a reply that its
	// own machine sent elsewhere.
	Rule string `json:"rule,omitempty"`
	// By names the server that answered instead (misdelivered) or the
	// application that said no (app-denied).
	By string `json:"by,omitempty"`
	// Code is the error that a hop or an application answered with (rejected,
	// unreachable, app-denied), as a symbol; see rule.go.
	Code string `json:"code,omitempty"`
	// Why says why nothing can be said (inconclusive).
	Why string `json:"why,omitempty"`
}

// ReachedAs is the verdict that the server answered and saw the named endpoint.
func ReachedAs(endpoint string) Verdict { return Verdict{Kind: KindReached, SeenAs: endpoint} }

// Dropped is the verdict that the rule at the hop dropped the request.
func Dropped(hop, rule string) Verdict { return Verdict{Kind: KindDropped, Hop: hop, Rule: rule} }

// ReplyLost is the verdict that the request arrived and its reply was lost at
// the hop by the rule.
func ReplyLost(arrivedAt, hop, rule string) Verdict {
	return Verdict{Kind: KindReplyLost, ArrivedAt: arrivedAt, Hop: hop, Rule: rule}
}

// Refused is the verdict that the server's host lives and nothing listens.
func Refused() Verdict { return Verdict{Kind: KindRefused} }

// Stalled is the verdict that the connection stands, and that larger payloads
// end at the hop by the rule.
func Stalled(hop, rule string) Verdict { return Verdict{Kind: KindStalled, Hop: hop, Rule: rule} }

// Rejected is the verdict that the hop said no aloud, with the code.
func Rejected(hop, code string) Verdict { return Verdict{Kind: KindRejected, Hop: hop, Code: code} }

// RejectedBy is the verdict that the rule at the hop said no aloud, with the code.
func RejectedBy(hop, rule, code string) Verdict {
	return Verdict{Kind: KindRejected, Hop: hop, Rule: rule, Code: code}
}

// AppDenied is the verdict that the server was reached and said no in its own
// protocol, with the code.
func AppDenied(by, code string) Verdict { return Verdict{Kind: KindAppDenied, By: by, Code: code} }

// Unreachable is the verdict that the hop, on the client's side, had no way to
// the destination and said so with the code.
func Unreachable(hop, code string) Verdict {
	return Verdict{Kind: KindUnreachable, Hop: hop, Code: code}
}

// Misdelivered is the verdict that another server answered.
func Misdelivered(by string) Verdict { return Verdict{Kind: KindMisdelivered, By: by} }

// Inconclusive is the verdict that nothing can be said, and why.
func Inconclusive(format string, args ...any) Verdict {
	return Verdict{Kind: KindInconclusive, Why: fmt.Sprintf(format, args...)}
}

// Identity returns the verdict without what is information only, so that two
// verdicts are equal when a scenario would not tell them apart.
func (v Verdict) Identity() Verdict {
	v.SeenAddress, v.Why = netip.Addr{}, ""
	return v
}

// SatisfiedBy reports whether got is what was expected. An invalid or
// inconclusive verdict on either side satisfies nothing.
func (v Verdict) SatisfiedBy(got Verdict) bool {
	switch {
	case v.Kind == "" || got.Kind == "":
		return false
	case v.Kind == KindInconclusive || got.Kind == KindInconclusive:
		return false
	default:
		return v.Identity() == got.Identity()
	}
}

// Agrees reports whether two labs say the same of a flow: the same verdict, hop,
// rule and, as far as v knows it, source address.
func (v Verdict) Agrees(got Verdict) bool {
	return v.SatisfiedBy(got) && (!v.SeenAddress.IsValid() || v.SeenAddress == got.SeenAddress)
}

// Cause names the rule whose counter has to have moved for the verdict to be
// believed, and where; empty when there is none. A service that says no to whom it
// does not list counts under its whitelist, on its own host.
func (v Verdict) Cause() (hop, rule string) {
	if v.Kind == KindAppDenied && v.Code == NotListed {
		return v.By, Whitelist(v.By)
	}
	return v.Hop, v.Rule
}

// Positive reports whether the server that was asked for answered.
func (v Verdict) Positive() bool { return v.Kind == KindReached }

// Answered reports whether somebody answered, be it another server or an application
// that said no: what a health check is content with.
func (v Verdict) Answered() bool {
	return v.Kind == KindReached || v.Kind == KindMisdelivered || v.Kind == KindAppDenied
}

// String prints the verdict as one line of a report.
func (v Verdict) String() string {
	switch v.Kind {
	case KindReached:
		if v.SeenAddress.IsValid() {
			return fmt.Sprintf("reached, seen as %s (%s)", v.SeenAs, v.SeenAddress)
		}
		return "reached, seen as " + v.SeenAs
	case KindDropped:
		return fmt.Sprintf("dropped at %s by %s", v.Hop, v.Rule)
	case KindReplyLost:
		if v.Rule == "" {
			return fmt.Sprintf("reply lost: arrived at %s, lost at %s", v.ArrivedAt, v.Hop)
		}
		return fmt.Sprintf("reply lost: arrived at %s, lost at %s by %s", v.ArrivedAt, v.Hop, v.Rule)
	case KindRefused:
		return "refused: nothing listens there"
	case KindRejected:
		if v.Rule != "" {
			return fmt.Sprintf("rejected at %s by %s with %s", v.Hop, v.Rule, v.Code)
		}
		return fmt.Sprintf("rejected at %s with %s", v.Hop, v.Code)
	case KindUnreachable:
		return fmt.Sprintf("unreachable from %s: %s", v.Hop, v.Code)
	case KindAppDenied:
		if v.Code != "" {
			return fmt.Sprintf("denied by %s: %s", v.By, v.Code)
		}
		return "denied by " + v.By
	case KindStalled:
		return fmt.Sprintf("stalled: small payloads pass, larger ones end at %s by %s", v.Hop, v.Rule)
	case KindMisdelivered:
		return "misdelivered to " + v.By
	case KindInconclusive:
		return "inconclusive: " + v.Why
	default:
		return "no verdict"
	}
}
