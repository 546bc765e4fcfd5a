package topology

import "fmt"

// Flow is one question: can From reach To over this protocol and port? The
// ends are names of hosts, nodes or pods, or, for To, of a NameRecord. Port is
// zero for ICMP and DNS, and may be zero for a NameRecord that has one.
type Flow struct {
	From     string   `yaml:"from" json:"from"`
	To       string   `yaml:"to" json:"to"`
	Protocol Protocol `yaml:"protocol" json:"protocol"`
	Port     uint16   `yaml:"port,omitempty" json:"port,omitempty"`
	// Live is a TCP connection that was established before and is used again,
	// instead of a new one; see lab.Lab.
	Live bool `yaml:"live,omitempty" json:"live,omitempty"`
	// Bytes is how much is sent to the server and back beyond the greeting.
	Bytes int `yaml:"bytes,omitempty" json:"bytes,omitempty"`
	// Use is what is done with a managed service over the TCP connection; empty
	// means that connecting and the greeting are all.
	Use Use `yaml:"use,omitempty" json:"use,omitempty"`
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

// Established is a TCP connection that is kept open from phase to phase.
func Established(from, to string, port uint16) Flow {
	return Flow{From: from, To: to, Protocol: TCP, Port: port, Live: true}
}

// Bulk is a TCP connection that carries so many bytes each way.
func Bulk(from, to string, port uint16, bytes int) Flow {
	return Flow{From: from, To: to, Protocol: TCP, Port: port, Bytes: bytes}
}

// Resolve is a question to the cluster's DNS for a NameRecord.
func Resolve(from, name string) Flow { return Flow{From: from, To: name, Protocol: DNSQuery} }

// String prints the flow as reports and failure texts show it:
// "pod-a → ecs-25 icmp", "pod-a → ecs-25 tcp/80", "pod-a → cache redis/6379".
func (f Flow) String() string {
	how := string(f.Protocol)
	if f.Use != "" {
		how = string(f.Use)
	}
	text := fmt.Sprintf("%s → %s %s", f.From, f.To, how)
	if f.Port != 0 {
		text += fmt.Sprintf("/%d", f.Port)
	}
	if f.Live {
		text += " established"
	}
	if f.Bytes > 0 {
		text += fmt.Sprintf(" %d bytes", f.Bytes)
	}
	return text
}
