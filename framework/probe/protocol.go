package probe

import "fmt"

// Protocol is the transport of a question or of a listener. The zero value is invalid.
type Protocol uint8

// The protocols that an agent can ask and serve.
const (
	// TCP is a connection that the server answers with a greeting.
	TCP Protocol = iota + 1
	// UDP is a datagram that the server answers with a datagram.
	UDP
	// ICMP is an echo request, answered by the target's kernel and not by its agent.
	ICMP
)

// String returns the protocol in lower case, or a placeholder for an invalid value.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case ICMP:
		return "icmp"
	default:
		return fmt.Sprintf("protocol(%d)", uint8(p))
	}
}

// ParseProtocol returns the protocol of that name: tcp, udp or icmp.
func ParseProtocol(name string) (Protocol, error) {
	for _, p := range []Protocol{TCP, UDP, ICMP} {
		if p.String() == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("protocol %q: want tcp, udp or icmp", name)
}

// MarshalText returns the protocol's name. An invalid protocol is an error.
func (p Protocol) MarshalText() ([]byte, error) {
	if _, err := ParseProtocol(p.String()); err != nil {
		return nil, err
	}
	return []byte(p.String()), nil
}

// UnmarshalText accepts exactly the names that ParseProtocol accepts.
func (p *Protocol) UnmarshalText(text []byte) error {
	parsed, err := ParseProtocol(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
