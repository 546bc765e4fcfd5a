// Package managed says what an instance of a managed service is told, how its
// clients tell it from another, and what came of using it. It is pure: the clients
// are in package use, the servers that vpcgate brings along in package serve.
//
// Every instance, real or a stand-in, is prepared alike:
//
//	redis   requirepass is the password; the key vpcgate:identity holds the identity
//	mysql   user app with the password; database vpcgate; its table identity has one row, name VARCHAR(64)
//	kafka   no authentication; ClusterID is the identity of the instance; topic vpcgate has as many
//	        partitions as there are brokers, partition i led by broker i
//	amqp    user app with the password on vhost /; the server property cluster_name is the identity;
//	        durable queue vpcgate
//	https   POST /v1/infer with {"instances": [[1, 2]]} and the header X-Auth-Token answers
//	        {"predictions": [3]} with the header X-Vpcgate-Identity; the certificate is of the run's CA
//
// A client asks for more than that:
//
//	redis   keys vpcgate:CLIENT:N of its own; CLIENT INFO says as whom it is seen (where it is not
//	        known, the answer has no source)
//	mysql   it makes the table records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190)) in database
//	        vpcgate if it is missing, inserts, selects, deletes; USER() says as whom it is seen
//	kafka   node ids rise in the order of Nodes; metadata, produce with acks and idempotence, fetch
//	amqp    it declares the durable queue vpcgate.CLIENT of its own, publishes with confirms to the
//	        default exchange, gets without acknowledging, acknowledges what is old; closing the
//	        channel returns the rest to the queue
//	https   the answer's header X-Vpcgate-Saw is the client's address as the server sees it; a wrong
//	        token is 401; the certificate is checked for the name ServerName, whatever address was dialled
package managed

import (
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
	// StandIn says what the program stands in for and why; empty for the real thing.
	StandIn string `json:"standIn,omitempty"`
}
