package probe

import (
	"fmt"
	"net/netip"
)

// The ICMP types that report what became of a packet.
const (
	icmpUnreachable  = 3
	icmpTimeExceeded = 11
	icmpParameter    = 12
)

// Rejection is an ICMP error that a hop sent about one of our packets. It is an error that can be matched with
// errors.As, and it wraps the errno, if any, that the kernel derived from it.
type Rejection struct {
	// Type and Code are the ICMP type and code, such as 3 and 13.
	Type int `json:"type"`
	Code int `json:"code"`
	// From is the hop that sent the error. It is the asker's own address when the asker's kernel gave up.
	From netip.Addr `json:"from,omitzero"`

	errno error
}

// unreachableCode is the meaning of one code of the ICMP type "destination unreachable".
type unreachableCode struct {
	text    string
	outcome Outcome
}

// unreachableCodes is indexed by the code.
var unreachableCodes = [...]unreachableCode{
	0:  {"destination net unreachable", NetUnreachable},
	1:  {"destination host unreachable", HostUnreachable},
	2:  {"destination protocol unreachable", Refused},
	3:  {"destination port unreachable", Refused},
	4:  {"fragmentation needed", TooBig},
	5:  {"source route failed", NetUnreachable},
	6:  {"destination net unknown", NetUnreachable},
	7:  {"destination host unknown", HostUnreachable},
	8:  {"source host isolated", HostUnreachable},
	9:  {"destination net prohibited", Prohibited},
	10: {"destination host prohibited", Prohibited},
	11: {"destination net unreachable for type of service", NetUnreachable},
	12: {"destination host unreachable for type of service", HostUnreachable},
	13: {"administratively prohibited", Prohibited},
	14: {"host precedence violation", Prohibited},
	15: {"precedence cutoff", Prohibited},
}

// Outcome returns what the ICMP error means for the flow.
func (r *Rejection) Outcome() Outcome {
	if r.Type == icmpUnreachable && r.Code >= 0 && r.Code < len(unreachableCodes) {
		return unreachableCodes[r.Code].outcome
	}
	return HostUnreachable
}

// Text returns the ICMP error in words, without the numbers.
func (r *Rejection) Text() string {
	switch {
	case r.Type == icmpUnreachable && r.Code >= 0 && r.Code < len(unreachableCodes):
		return unreachableCodes[r.Code].text
	case r.Type == icmpTimeExceeded:
		return "time to live exceeded"
	case r.Type == icmpParameter:
		return "parameter problem"
	default:
		return "icmp error"
	}
}

// Error returns the words, the numbers and the hop.
func (r *Rejection) Error() string {
	if !r.From.IsValid() {
		return fmt.Sprintf("%s (icmp %d/%d)", r.Text(), r.Type, r.Code)
	}
	return fmt.Sprintf("%s (icmp %d/%d from %s)", r.Text(), r.Type, r.Code, r.From)
}

// Unwrap returns the errno that the kernel derived from the ICMP error, or nil.
func (r *Rejection) Unwrap() error { return r.errno }
