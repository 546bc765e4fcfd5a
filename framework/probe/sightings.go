package probe

import (
	"net/netip"
	"sync"
	"time"
)

// maxSightings bounds an agent's memory: the oldest sighting is forgotten first. So many fit into one response.
const maxSightings = 2048

// Sighting is one request as it arrived at a server, whatever became of the reply: it is what proves that a lost
// reply was lost on the way back.
type Sighting struct {
	Protocol Protocol `json:"protocol"`
	// Listener is who saw it.
	Listener Listener `json:"listener"`
	// Source is the source address and port on arrival. The port is 0 for ICMP.
	Source netip.AddrPort `json:"source"`
	// Nonce is that of the answer to the question (ICMP, UDP). It is empty for TCP and for a stranger's packet.
	Nonce string `json:"nonce,omitempty"`
	// ID is the ICMP id on arrival, which a translating hop may have changed. Seq is the number of the packet.
	ID  int `json:"icmpId,omitempty"`
	Seq int `json:"seq"`
	// At is the wall clock of the server's host.
	At time.Time `json:"at"`
}

// SightingsOf returns those sightings that belong to an answer: the same nonce, or, for TCP, the same source port.
// A TCP sighting means that the handshake was completed; a TCP source port may be changed by a translating hop.
func SightingsOf(a Answer, sightings []Sighting) []Sighting {
	var own []Sighting
	for _, s := range sightings {
		byNonce := a.Nonce != "" && s.Nonce == a.Nonce
		byPort := a.Nonce == "" && s.Protocol == TCP && s.Source.Port() == a.Local.Port()
		if byNonce || byPort {
			own = append(own, s)
		}
	}
	return own
}

// sightings is a ring of the newest sightings. It is safe for concurrent use.
type sightings struct {
	mu   sync.Mutex
	ring []Sighting
	next int
}

func (s *sightings) add(sighting Sighting) {
	sighting.At = time.Now().Round(0).UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ring) < maxSightings {
		s.ring = append(s.ring, sighting)
		return
	}
	s.ring[s.next] = sighting
	s.next = (s.next + 1) % maxSightings
}

// list returns the sightings, oldest first.
func (s *sightings) list() []Sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Sighting, 0, len(s.ring))
	list = append(list, s.ring[s.next:]...)
	return append(list, s.ring[:s.next]...)
}
