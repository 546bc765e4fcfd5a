package use

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// failureCloses makes the server say that a password is wrong. The library does
// not ask for that, and RabbitMQ then is silent for three seconds and hangs up.
// The client's properties are sent after the mechanism was asked for its response.
type failureCloses struct {
	amqp.PlainAuth
	properties amqp.Table
}

// Response implements amqp.Authentication.
func (a *failureCloses) Response() string {
	if capabilities, ok := a.properties["capabilities"].(amqp.Table); ok {
		capabilities["authentication_failure_close"] = true
	}
	return a.PlainAuth.Response()
}

// amqpConnect logs in.
func amqpConnect(r Request, dial func(address string) (net.Conn, error)) (*amqp.Connection, error) {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(r.Client)
	return amqp.DialConfig("amqp://"+r.Target.String(), amqp.Config{
		SASL: []amqp.Authentication{&failureCloses{
			PlainAuth:  amqp.PlainAuth{Username: managed.User, Password: r.Password},
			properties: properties,
		}},
		Vhost: "/", Properties: properties, Heartbeat: r.heartbeat(),
		Dial: func(_, address string) (net.Conn, error) { return dial(address) },
	})
}

// heartbeat is between two signs of life. The protocol counts whole seconds, and none of them is for ever.
func (r Request) heartbeat() time.Duration { return max(r.Timeout/2, time.Second) }

// heldFor is how long a server may hold messages for a connection that has failed: it notices by two heartbeats that did not come.
//
// Source: AMQP 0-9-1 4.2.7 "Heartbeat Frames"; RabbitMQ "Detecting Dead TCP Connections with Heartbeats".
func (r Request) heldFor() time.Duration { return 3*r.heartbeat() + r.Timeout }

// amqpQueue is the queue of a client's own.
func amqpQueue(client string) string { return managed.Store + "." + client }

// amqpChannel opens a channel that confirms, with the client's queue.
func amqpChannel(c *amqp.Connection, queue string) (*amqp.Channel, error) {
	ch, err := c.Channel()
	if err != nil {
		return nil, err
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return nil, err
	}
	return ch, ch.Confirm(false)
}

// useAMQP publishes a message and consumes it, with all that was published before.
func useAMQP(ctx context.Context, s *session, r Request) error {
	c, err := amqpConnect(r, s.dialing(ctx))
	if err != nil {
		return s.amqpError(err)
	}
	identity, _ := c.Properties["cluster_name"].(string)
	s.note(func(got *Result) { got.Identity = identity })
	s.say("amqp://%s@%s: connected to %s", managed.User, r.Target, identity)
	err = s.amqpExchange(ctx, c, r, identity)
	if err != nil {
		// No farewell to a server that has failed: it would be waited for.
		s.cancel(err)
		_ = c.Close()
		return err
	}
	return s.amqpError(c.Close())
}

func (s *session) amqpExchange(ctx context.Context, c *amqp.Connection, r Request, identity string) error {
	queue := amqpQueue(r.Client)
	ch, err := amqpChannel(c, queue)
	if err != nil {
		return s.amqpError(err)
	}
	b, err := s.book(ctx, r, identity)
	if err != nil {
		return err
	}
	defer func() {
		if b.holding {
			b.held, b.holding = time.Now(), false // by a connection that has failed
		}
		b.done()
	}()
	n := b.next(r.Client)
	if err := amqpPublish(ctx, ch, queue, n); err != nil {
		return s.amqpError(err)
	}
	b.acknowledged(n) // what need not be kept is acknowledged as it is read
	s.say("publish %s to queue %s: confirmed", n.id, queue)
	unsure := time.Since(b.held) < r.heldFor()
	b.holding = true
	read, _, err := amqpGet(ch, queue, b.holds)
	if err != nil {
		return s.amqpError(err)
	}
	// Those that are kept are in the queue again when the server has said that the
	// channel is closed. Nothing says so when a connection ends.
	if err := ch.Close(); err != nil {
		return s.amqpError(err)
	}
	b.holding = false
	if unsure && !b.whole(read) {
		return said("", errors.New("the server may still hold messages for a connection that has failed"))
	}
	s.say("get from queue %s: %d messages, among them %s", queue, len(read), n.id)
	return lost(r, b.check(read))
}

// amqpPublish publishes a record and awaits its confirmation.
func amqpPublish(ctx context.Context, ch *amqp.Channel, queue string, n record) error {
	confirmation, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", queue, true, false, amqp.Publishing{
		DeliveryMode: amqp.Persistent, MessageId: n.id, Body: []byte(n.value),
	})
	if err != nil {
		return err
	}
	acknowledged, err := confirmation.WaitContext(ctx)
	if err == nil && !acknowledged {
		return said("", fmt.Errorf("publish %s: the server did not take it", n.id))
	}
	return err
}

// amqpGet gets all messages of a queue, and acknowledges those that shall not be
// kept. It returns the tag of the last that the others are held by.
func amqpGet(ch *amqp.Channel, queue string, keep func(id string) bool) (read map[string]string, last uint64, err error) {
	read = map[string]string{}
	for {
		m, ok, err := ch.Get(queue, false)
		if err != nil || !ok {
			return read, last, err
		}
		read[m.MessageId] = string(m.Body)
		if keep(m.MessageId) {
			last = m.DeliveryTag
			continue
		}
		if err := m.Ack(false); err != nil {
			return nil, 0, err
		}
	}
}

// amqpError says what an error of the library means, if it is the server's own.
// The library calls whatever ends a connection during the login wrong credentials,
// since a server of old only hung up: that is believed of a farewell, and of
// nothing else.
func (s *session) amqpError(err error) error {
	var own *amqp.Error
	if !errors.As(err, &own) {
		return err
	}
	s.mu.Lock()
	hungUp := errors.Is(s.failure, io.EOF)
	s.mu.Unlock()
	switch {
	case own.Code == amqp.AccessRefused && (own.Server || hungUp && len(s.got.Heard) > 0):
		return said(verdict.WrongPassword, err)
	case own.Server:
		return said("", err)
	default:
		return err
	}
}
