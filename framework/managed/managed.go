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
package managed

import (
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
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
