package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// kafka is a cluster of brokers that lives in this process, over real sockets: a
// gate per broker, on one or two ports of its host.
type kafka struct {
	cluster *kfake.Cluster
	gates   []*gate

	mu sync.Mutex
	is managed.Instance
}

func startKafka(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	if len(i.Nodes) == 0 {
		return nil, errors.New("it has no broker")
	}
	k := &kafka{is: i}
	for _, n := range i.Nodes {
		k.gates = append(k.gates, newGate(o.Place, n.Host, ownOf(n)))
	}
	next := 0
	listen := func(string, string) (net.Listener, error) {
		g := brokerGate{gate: k.gates[next], of: k}
		next++
		return g, nil
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(len(i.Nodes)), kfake.ListenFn(listen), kfake.ClusterID(i.Identity()),
		kfake.SeedTopics(int32(len(i.Nodes)), managed.Store))
	if err != nil {
		return nil, fmt.Errorf("start kfake: %w", err)
	}
	k.cluster = cluster
	errs := []error{k.Adopt(ctx, i)}
	for n := range i.Nodes {
		errs = append(errs, cluster.MoveTopicPartition(managed.Store, int32(n), int32(n)))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// Instance implements Server.
func (k *kafka) Instance() managed.Instance {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.is
}

// Program implements Server.
func (k *kafka) Program() managed.Program {
	return standIn(topology.UseKafka, "kfake", "github.com/twmb/franz-go/pkg/kfake", "for Kafka, whose broker needs a Java machine and an image")
}

// Adopt implements Server.
func (k *kafka) Adopt(ctx context.Context, i managed.Instance) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := sameInstance(k.is, i); err != nil {
		return err
	}
	var errs []error
	for n, node := range i.Nodes {
		errs = append(errs, k.gates[n].set(ctx, listens(node)))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	k.is = i
	return nil
}

// Close implements Server.
func (k *kafka) Close() error {
	var errs []error
	for _, g := range k.gates {
		errs = append(errs, g.Close())
	}
	k.cluster.Close()
	return errors.Join(errs...)
}

// advertised is where a broker says that it is, to a client of one of its ports.
func (k *kafka) advertised(broker int32, port uint16) (netip.AddrPort, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if broker < 0 || int(broker) >= len(k.is.Nodes) {
		return netip.AddrPort{}, false
	}
	n := k.is.Nodes[broker]
	if n.Endpoint.IsValid() && port == n.Endpoint.Port() {
		return n.Endpoint, true
	}
	return k.gates[broker].at.AddrPort, true
}

// brokerGate gives the cluster connections that it can trust.
type brokerGate struct {
	*gate
	of *kafka
}

// Accept implements net.Listener.
func (g brokerGate) Accept() (net.Conn, error) {
	c, err := g.gate.Accept()
	if err != nil {
		return nil, err
	}
	return newKafkaConn(c, g.of.advertised), nil
}
