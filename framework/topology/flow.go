package topology

import "fmt"

// Flow is one question: can From reach To over this protocol and port? The
// ends are names of hosts, nodes or pods, or, for To, of a NameRecord. Port is
// zero for ICMP.
type Flow struct {
	From     string   `yaml:"from"`
	To       string   `yaml:"to"`
	Protocol Protocol `yaml:"protocol"`
	Port     uint16   `yaml:"port,omitempty"`
}

// Ping is an ICMP echo from one end to the other.
func Ping(from, to string) Flow { return Flow{From: from, To: to, Protocol: ICMP} }

// OverTCP is a TCP connection from one end to a port of the other.
func OverTCP(from, to string, port uint16) Flow {
	return Flow{From: from, To: to, Protocol: TCP, Port: port}
}

// OverUDP is a UDP request from one end to a port of the other.
func OverUDP(from, to string, port uint16) Flow {
	return Flow{From: from, To: to, Protocol: UDP, Port: port}
}

// String prints the flow as reports and failure texts show it:
// "pod-a → ecs-25 icmp", "pod-a → ecs-25 tcp/80".
func (f Flow) String() string {
	if f.Protocol == ICMP {
		return fmt.Sprintf("%s → %s icmp", f.From, f.To)
	}
	return fmt.Sprintf("%s → %s %s/%d", f.From, f.To, f.Protocol, f.Port)
}
