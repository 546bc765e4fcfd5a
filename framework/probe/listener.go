package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// MaxListeners is how many listeners an agent holds at once.
const MaxListeners = 256

// Listener is something that an agent serves. It is comparable, and two equal listeners are the same one.
type Listener struct {
	// Protocol is TCP, UDP, or ICMP for an observer that records the echo requests which the host receives; the
	// kernel answers those, with or without an observer.
	Protocol Protocol `json:"protocol"`
	// Port is 0 for ICMP and never 0 otherwise.
	Port uint16 `json:"port,omitempty"`
	// Address is the local address to listen on. The zero value is every IPv4 address.
	Address netip.Addr `json:"address,omitzero"`
}

// String returns the listener as ParseListener reads it.
func (l Listener) String() string {
	text := l.Protocol.String()
	if l.Protocol != ICMP {
		text += "/" + strconv.Itoa(int(l.Port))
	}
	if l.Address.IsValid() {
		text += "@" + l.Address.String()
	}
	return text
}

// ParseListener reads a listener such as "tcp/80", "udp/53@192.168.10.25" or "icmp".
func ParseListener(text string) (Listener, error) {
	var l Listener
	rest, address, bound := strings.Cut(text, "@")
	name, port, hasPort := strings.Cut(rest, "/")
	protocol, err := ParseProtocol(name)
	if err != nil {
		return l, fmt.Errorf("listener %q: %w", text, err)
	}
	l.Protocol = protocol
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return l, fmt.Errorf("listener %q: port %q: want 1 to 65535", text, port)
		}
		l.Port = uint16(n)
	}
	if bound {
		if l.Address, err = netip.ParseAddr(address); err != nil {
			return l, fmt.Errorf("listener %q: %w", text, err)
		}
	}
	return l, l.Validate()
}

// Validate says what is wrong with the listener, or returns nil.
func (l Listener) Validate() error {
	if _, err := ParseProtocol(l.Protocol.String()); err != nil {
		return fmt.Errorf("listener: %w", err)
	}
	switch {
	case l.Protocol == ICMP && l.Port != 0:
		return fmt.Errorf("listener %s: port %d: icmp has no ports", l, l.Port)
	case l.Protocol != ICMP && l.Port == 0:
		return fmt.Errorf("listener %s: port 0: %s needs a port", l, l.Protocol)
	case l.Address.Zone() != "" || l.Address.IsMulticast():
		return fmt.Errorf("listener %s: address %s: want a unicast address without a zone", l, l.Address)
	case l.Protocol == ICMP && l.Address.IsValid() && !l.Address.Unmap().Is4():
		return fmt.Errorf("listener %s: icmp is observed over IPv4 only", l)
	}
	return nil
}

// ValidateListeners reports all that is wrong with a set of listeners at once, or nil.
func ValidateListeners(listeners []Listener) error {
	if len(listeners) > MaxListeners {
		return fmt.Errorf("%d listeners: %w: at most %d", len(listeners), ErrTooLarge, MaxListeners)
	}
	problems := make([]error, 0, len(listeners))
	seen := make(map[Listener]struct{}, len(listeners))
	for _, l := range listeners {
		problems = append(problems, l.Validate())
		if _, twice := seen[l.normal()]; twice {
			problems = append(problems, fmt.Errorf("listener %s: named twice", l))
		}
		seen[l.normal()] = struct{}{}
	}
	return errors.Join(problems...)
}

// normal returns the listener without the IPv6 form of an IPv4 address and without an explicit "every IPv4 address".
func (l Listener) normal() Listener {
	l.Address = l.Address.Unmap()
	if l.Address == netip.IPv4Unspecified() {
		l.Address = netip.Addr{}
	}
	return l
}

// endpoint returns what to bind.
func (l Listener) endpoint() netip.AddrPort {
	address := l.Address
	if !address.IsValid() {
		address = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(address, l.Port)
}
