package managed

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// ServerName is the name that the certificate of every HTTPS instance has: it
// holds behind whatever address an instance is reached.
const ServerName = "inference.vpcgate.internal"

// What an HTTPS instance is asked with and answers with.
const (
	// InferencePath is where it is asked.
	InferencePath = "/v1/infer"
	// TokenHeader carries the password.
	TokenHeader = "X-Auth-Token"
	// IdentityHeader carries the server's identity, SawHeader the client's address
	// and port as it sees them.
	IdentityHeader = "X-Vpcgate-Identity"
	SawHeader      = "X-Vpcgate-Saw"
)

// What the other instances hold.
const (
	// IdentityKey is the key under which a cache has its identity.
	IdentityKey = "vpcgate:identity"
	// User is who logs in to databases and message brokers.
	User = "app"
	// Store is the name of the database, of the topic and, followed by a point and
	// the client's name, of the queues.
	Store = "vpcgate"
)

// Instance is one server, as a lab starts it. A Kafka instance of several brokers
// is one Instance with several Nodes; any other has one.
type Instance struct {
	// Name is the instance's: the host's, or that which brokers have in common.
	Name string
	// Epoch is the server's incarnation: another one has no data of this one.
	Epoch    string
	Use      topology.Use
	Version  string
	Password string
	Nodes    []Node
}

// Node is the host of an instance or broker, and where it listens.
type Node struct {
	Host   string
	Listen netip.AddrPort
	// Own is where the node would listen, also while it does not; a broker tells
	// others of it. Invalid means that it is Listen.
	Own netip.AddrPort
	// Endpoint is where a Kafka broker advertises itself to clients of
	// topology.KafkaEndpointPort; invalid where it has no such listener.
	Endpoint netip.AddrPort
}

// Identity is what a server says when asked who it is, such as "cache/3f2a".
func (i Instance) Identity() string { return i.Name + "/" + i.Epoch }

// NameOf is the instance's name in an identity.
func NameOf(identity string) string {
	name, _, _ := strings.Cut(identity, "/")
	return name
}

// Program says what serves an instance, for reports.
type Program struct {
	Use     topology.Use `json:"use"`
	Name    string       `json:"name"`
	Version string       `json:"version"`
	// Image is what it runs from; empty where it needs none.
	Image string `json:"image,omitempty"`
	// StandIn says what the program stands in for and why; empty for the real thing.
	StandIn string `json:"standIn,omitempty"`
}

// Tally is what came of writing numbered records for a while, whatever happened
// meanwhile.
type Tally struct {
	// Attempted counts the records that a client began to write, Acknowledged those
	// that the server said it has.
	Attempted    int `json:"attempted"`
	Acknowledged int `json:"acknowledged"`
	// Found counts the acknowledged records that were read back exactly as they were
	// acknowledged, Missing those that were not there, Altered those that were there
	// otherwise.
	Found   int `json:"found"`
	Missing int `json:"missing"`
	Altered int `json:"altered"`
}

// Whole reports whether nothing that was acknowledged is lost, and anything was
// acknowledged at all.
func (t Tally) Whole() bool {
	return t.Acknowledged > 0 && t.Found == t.Acknowledged && t.Missing == 0 && t.Altered == 0
}

// String prints the tally as reports show it.
func (t Tally) String() string {
	return fmt.Sprintf("%d attempted, %d acknowledged: %d found, %d missing, %d altered", t.Attempted, t.Acknowledged, t.Found, t.Missing, t.Altered)
}
