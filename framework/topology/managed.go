package topology

import (
	"net/netip"
	"strconv"
	"strings"
)

// ManagedKind says what managed service an instance is of.
type ManagedKind string

const (
	// DCSRedis is a cache. Up to version 3.0 its security group guards it, from
	// 4.0 on its whitelist alone.
	DCSRedis ManagedKind = "dcs-redis"
	// RDSMySQL is a relational database, guarded by its security group.
	RDSMySQL ManagedKind = "rds-mysql"
	// RDSProxy is a database proxy with a load balancer: its security group does
	// not apply, its access control does.
	RDSProxy ManagedKind = "rds-proxy"
	// DMSKafka is one broker of a Kafka instance, guarded by its security group.
	DMSKafka ManagedKind = "dms-kafka"
	// DMSRabbitMQ is a message broker, guarded by its security group.
	DMSRabbitMQ ManagedKind = "dms-rabbitmq"
	// ModelArts is an inference service in front of its own container network,
	// whose block is fixed; see ModelArtsContainers.
	ModelArts ManagedKind = "modelarts"
)

// ManagedKinds lists the kinds.
func ManagedKinds() []ManagedKind {
	return []ManagedKind{DCSRedis, RDSMySQL, RDSProxy, DMSKafka, DMSRabbitMQ, ModelArts}
}

// Use is what a client does with a service beyond connecting to it: the protocol
// that both speak. The zero value means that nothing is used.
type Use string

const (
	// UseRedis sets a key and gets it back.
	UseRedis Use = "redis"
	// UseMySQL inserts a row and selects it.
	UseMySQL Use = "mysql"
	// UseKafka produces to every partition and consumes what it produced.
	UseKafka Use = "kafka"
	// UseAMQP publishes a message and consumes it.
	UseAMQP Use = "amqp"
	// UseHTTPS asks for an inference over TLS.
	UseHTTPS Use = "https"
)

// Uses lists the uses.
func Uses() []Use { return []Use{UseRedis, UseMySQL, UseKafka, UseAMQP, UseHTTPS} }

// Use is how clients use an instance of the kind; empty for an unknown kind.
func (k ManagedKind) Use() Use {
	switch k {
	case DCSRedis:
		return UseRedis
	case RDSMySQL, RDSProxy:
		return UseMySQL
	case DMSKafka:
		return UseKafka
	case DMSRabbitMQ:
		return UseAMQP
	case ModelArts:
		return UseHTTPS
	default:
		return ""
	}
}

// Ports of the services. Sources: DCS "Troubleshooting Redis Connection
// Failures"; RDS "Configuring a Security Group Rule"; DMS for Kafka "Network
// Connection Conditions"; AMQP 0-9-1.
const (
	RedisPort         uint16 = 6379
	MySQLPort         uint16 = 3306
	KafkaPort         uint16 = 9092
	KafkaEndpointPort uint16 = 9011
	AMQPPort          uint16 = 5672
	HTTPSPort         uint16 = 443
)

// AppPassword is what every client of a managed service says, and what an
// instance accepts unless the world gives it another password.
const AppPassword = "vpcgate-app"

// Layout is how a DCS instance is made up. The zero value is a single node or a
// master with its standby.
type Layout string

// ClusterLayout is a DCS instance of several shards, which peered VPCs cannot
// use. Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
const ClusterLayout Layout = "cluster"

// Managed makes a host an instance of a managed service, or one broker of it.
type Managed struct {
	Kind ManagedKind `yaml:"kind"`
	// Version decides what guards a DCS instance, such as "3.0"; empty means the
	// newest.
	Version string `yaml:"version,omitempty"`
	// Instance is what brokers of one Kafka instance have in common; empty means
	// that the host is an instance of its own.
	Instance string `yaml:"instance,omitempty"`
	Layout   Layout `yaml:"layout,omitempty"`
	// Password is what the instance accepts; empty means AppPassword.
	Password string `yaml:"password,omitempty"`
	// Stopped is an instance whose server does not run: its host refuses.
	Stopped bool `yaml:"stopped,omitempty"`
	// Endpoint names the translator under whose address a Kafka broker advertises
	// itself on KafkaEndpointPort; empty means that it has no such listener.
	Endpoint string `yaml:"endpoint,omitempty"`
}

// Accepts is the password that the instance accepts.
func (m Managed) Accepts() string {
	if m.Password == "" {
		return AppPassword
	}
	return m.Password
}

// ModelArtsContainers and ModelArtsServices are the blocks of every ModelArts
// pool, which cannot be changed: what is in them never leaves it.
//
// Source: ModelArts "Resource Pool" (dedicated pools, network).
func ModelArtsContainers() netip.Prefix { return netip.MustParsePrefix("172.16.0.0/16") }

// ModelArtsServices is the block of a pool's Services; see ModelArtsContainers.
func ModelArtsServices() netip.Prefix { return netip.MustParsePrefix("10.247.0.0/16") }

// Guarded reports whether the security groups of the host's NIC apply. They do
// unless the host is a DCS instance from 4.0 on or a database proxy.
//
// Source: DCS "Managing IP Address Whitelist"; RDS "Enabling or Disabling Access Control".
func (h Host) Guarded() bool {
	if h.Managed == nil {
		return true
	}
	switch h.Managed.Kind {
	case RDSProxy:
		return false
	case DCSRedis:
		major, _, _ := strings.Cut(h.Managed.Version, ".")
		n, err := strconv.Atoi(major)
		return err == nil && n < 4
	default:
		return true
	}
}

// OverRedis uses a cache; the others below likewise.
func OverRedis(from, to string) Flow { return using(from, to, UseRedis, RedisPort) }

// OverMySQL uses a database.
func OverMySQL(from, to string) Flow { return using(from, to, UseMySQL, MySQLPort) }

// OverKafka uses every broker of an instance, beginning with the one named.
func OverKafka(from, to string) Flow { return using(from, to, UseKafka, KafkaPort) }

// OverKafkaEndpoint uses the brokers by their VPC endpoints, beginning with the one named.
func OverKafkaEndpoint(from, to string) Flow { return using(from, to, UseKafka, KafkaEndpointPort) }

// OverAMQP uses a message broker.
func OverAMQP(from, to string) Flow { return using(from, to, UseAMQP, AMQPPort) }

// OverHTTPS asks an inference service.
func OverHTTPS(from, to string) Flow { return using(from, to, UseHTTPS, HTTPSPort) }

func using(from, to string, u Use, port uint16) Flow {
	return Flow{From: from, To: to, Protocol: TCP, Port: port, Use: u}
}
