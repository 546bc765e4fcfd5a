package verdict

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Evidence is what the data plane itself recorded while a flow was asked.
type Evidence struct {
	// Rules are the dropping rules whose counters moved.
	Rules []RuleCount `json:"rules,omitempty"`
	// Strays are counts that cannot be of the asked packets: replies that were
	// dropped although no request had come through to be answered. They are of a
	// connection of the same ends that is over.
	Strays []RuleCount `json:"strays,omitempty"`
	// Sightings are the places at which the flow's own packets were counted.
	Sightings []Sighting `json:"sightings,omitempty"`
	// Sent and Received are what the client's agent sent and got back.
	Sent     int `json:"sent"`
	Received int `json:"received"`
	// Server is the identity that the answering server stated.
	Server string `json:"server,omitempty"`
	// Errno is the symbolic error of the client's socket, if there was one.
	Errno string `json:"errno,omitempty"`
	// Said is the no that the client heard, if it heard one.
	Said *Said `json:"said,omitempty"`
}

// Said is a no that was said aloud.
type Said struct {
	// By is whose no it is as the client knows it: the address of a hop or server,
	// or the client's own machine.
	By string `json:"by"`
	// Code is what was said as a symbol, and Text in the words of the client's
	// library or of the probe.
	Code string `json:"code,omitempty"`
	Text string `json:"text,omitempty"`
}

// RuleCount is by how many packets a rule's counter rose, and of which way they
// were; a prediction leaves the way out.
type RuleCount struct {
	Hop     string `json:"hop"`
	Rule    string `json:"rule"`
	Way     Way    `json:"way,omitempty"`
	Packets uint64 `json:"packets"`
}

// Way is the direction of a flow's packets.
type Way string

const (
	// Request is from the client to the server.
	Request Way = "request"
	// Reply is from the server to the client.
	Reply Way = "reply"
)

// Point is where at a hop packets were counted.
type Point string

const (
	// Entered counts before any rule of the hop.
	Entered Point = "entered"
	// Left counts after every rule of the hop.
	Left Point = "left"
)

// Sighting is a count of a flow's packets at one point of one hop, with the
// client's address that they carried. Leg counts from zero: a flow through a
// translator or load balancer has a second one, of which that is the client.
type Sighting struct {
	Hop     string     `json:"hop"`
	Leg     int        `json:"leg,omitempty"`
	Way     Way        `json:"way"`
	Point   Point      `json:"point"`
	Client  netip.Addr `json:"client"`
	Packets uint64     `json:"packets"`
}

// Step is one hop of a path: what it did with the packet, by which rule.
type Step struct {
	Hop string `json:"hop"`
	// Did is a short verb phrase: "sent", "masqueraded as node-1", "admitted",
	// "routed to peering-demo", "delivered", "dropped".
	Did  string `json:"did"`
	Rule string `json:"rule,omitempty"`
}

// Path is how a flow travels, hop by hop, both ways. Back is empty when the
// request did not arrive.
type Path struct {
	Forth []Step `json:"forth"`
	Back  []Step `json:"back,omitempty"`
}

// Observation is one asked flow: the answer, the evidence for it and, from the
// oracle, the path.
type Observation struct {
	Flow       topology.Flow `json:"flow"`
	From       netip.Addr    `json:"from,omitzero"`
	To         netip.Addr    `json:"to,omitzero"`
	Verdict    Verdict       `json:"verdict"`
	Evidence   Evidence      `json:"evidence"`
	Path       Path          `json:"path,omitzero"`
	Transcript string        `json:"transcript,omitempty"`
	// Milliseconds is how long asking took, evidence included.
	Milliseconds float64 `json:"milliseconds"`
}
