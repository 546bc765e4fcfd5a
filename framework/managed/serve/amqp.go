package serve

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// broker is a message broker of vpcgate's own, of which a client can log in,
// declare queues, publish with confirms to the default exchange, get, and
// acknowledge. What is published is kept until it is acknowledged.
type broker struct {
	gate    *gate
	options Options
	serving sync.WaitGroup
	queues  queues

	mu sync.Mutex
	is managed.Instance
}

func startAMQP(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	n, err := single(i)
	if err != nil {
		return nil, err
	}
	b := &broker{gate: newGate(o.Place, n.Host, ownOf(n)), options: o, is: i}
	b.queues.declare(managed.Store)
	b.serving.Go(b.accept)
	if err := b.Adopt(ctx, i); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Instance implements Server.
func (b *broker) Instance() managed.Instance {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.is
}

// Program implements Server.
func (b *broker) Program() managed.Program {
	return own(topology.UseAMQP, "vpcgate amqp", "for RabbitMQ, which is not installed here: the methods of AMQP 0-9-1 that one client needs")
}

// Adopt implements Server.
func (b *broker) Adopt(ctx context.Context, i managed.Instance) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := sameInstance(b.is, i); err != nil {
		return err
	}
	if err := b.gate.set(ctx, listens(i.Nodes[0])); err != nil {
		return err
	}
	b.is = i
	return nil
}

// Close implements Server.
func (b *broker) Close() error {
	err := b.gate.Close()
	b.serving.Wait()
	return err
}

func (b *broker) accept() {
	for {
		c, err := b.gate.Accept()
		if err != nil {
			return
		}
		b.serving.Go(func() {
			s := &amqpSession{broker: b, conn: &amqpConn{Conn: c, in: bufio.NewReader(c)}, channels: map[uint16]*amqpChannel{}}
			_ = s.serve() // it ends with the client
			for _, ch := range s.channels {
				b.queues.release(ch)
			}
			_ = c.Close()
		})
	}
}

// properties is what the server says of itself.
func (b *broker) properties() fields {
	return fields{
		{"product", long("vpcgate amqp")},
		{"cluster_name", long(b.Instance().Identity())},
		{"capabilities", fields{{"publisher_confirms", true}, {"authentication_failure_close", true}}},
	}
}

// knows reports whether a login by the mechanism PLAIN is right.
func (b *broker) knows(response string) bool {
	return response == strings.Join([]string{"", managed.User, b.Instance().Password}, "\x00")
}
