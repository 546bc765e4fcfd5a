package serve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func login(t *testing.T, i managed.Instance, password string) (*amqp.Connection, error) {
	t.Helper()
	c, err := amqp.Dial(fmt.Sprintf("amqp://%s:%s@%s/", managed.User, password, i.Nodes[0].Listen))
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

func channel(t *testing.T, i managed.Instance, password string) *amqp.Channel {
	t.Helper()
	c, err := login(t, i, password)
	if err != nil {
		t.Fatal(err)
	}
	ch, err := c.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// publish publishes with confirmation and reports whether it was acknowledged.
func publish(t *testing.T, ch *amqp.Channel, queue, body string) {
	t.Helper()
	d, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", queue, true, false, amqp.Publishing{
		DeliveryMode: amqp.Persistent, MessageId: "id-" + body[:1], Body: []byte(body),
	})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := d.WaitContext(t.Context()); !ok || err != nil {
		t.Fatalf("publish %.20s: %v, %v", body, ok, err)
	}
}

func mine(t *testing.T, ch *amqp.Channel) string {
	t.Helper()
	q, err := ch.QueueDeclare(managed.Store+".pod-a", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	return q.Name
}

func TestAMQP_keepsWhatIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseAMQP, "127.0.6.1")
	s := start(t, i, serve.Options{})
	c, err := login(t, i, "first")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Properties["cluster_name"]; got != "amqp/1" {
		t.Errorf("identity %q", got)
	}
	ch := channel(t, i, "first")
	q := mine(t, ch)
	long := strings.Repeat("long", 100_000)
	publish(t, ch, q, "a")
	publish(t, ch, q, long)
	publish(t, ch, q, "c")
	first, ok, err := ch.Get(q, false)
	if err != nil || !ok || string(first.Body) != "a" || first.MessageId != "id-a" || first.MessageCount != 2 {
		t.Fatalf("got %+v, %v, %v", first, ok, err)
	}
	if m, _, err := ch.Get(q, false); err != nil || string(m.Body) != long {
		t.Fatalf("got %d bytes, %v", len(m.Body), err)
	}
	if err := first.Ack(false); err != nil {
		t.Fatal(err)
	}
	mine(t, ch)          // nobody answers an acknowledgement, but what is said after it
	adopt(t, s, deaf(i)) // the second message was not acknowledged
	changed := i
	changed.Password = "second"
	adopt(t, s, changed)
	ch = channel(t, i, "second")
	for _, want := range []string{long, "c"} {
		m, ok, err := ch.Get(mine(t, ch), true)
		if err != nil || !ok || string(m.Body) != want || m.Redelivered != (want == long) {
			t.Fatalf("got %d bytes, %v, %v, redelivered %v", len(m.Body), ok, err, m.Redelivered)
		}
	}
	if m, ok, err := ch.Get(q, true); ok || err != nil {
		t.Errorf("left is %+v, %v", m, err)
	}
	publish(t, ch, q, "d")
	for _, want := range []int{1, 0} {
		if n, err := ch.QueueDelete(q, false, false, false); n != want || err != nil {
			t.Errorf("deleted with %d messages, %v", n, err)
		}
	}
}

// muted is a connection of which nothing arrives any more from some time on, and whose end nobody hears of.
type muted struct {
	net.Conn
	mute atomic.Bool
}

func (m *muted) Write(b []byte) (int, error) {
	if m.mute.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

func (m *muted) Close() error {
	if m.mute.Load() {
		return nil
	}
	return m.Conn.Close()
}

// What a client got that says nothing any more, not even that it lives, is given to the next one.
func TestAMQP_noticesWhoIsSilent(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseAMQP, "127.0.6.4")
	start(t, i, serve.Options{})
	var line *muted
	c, err := amqp.DialConfig(fmt.Sprintf("amqp://%s:%s@%s/", managed.User, i.Password, i.Nodes[0].Listen), amqp.Config{
		Heartbeat: time.Second,
		Dial: func(network, address string) (net.Conn, error) {
			conn, err := amqp.DefaultDial(5*time.Second)(network, address)
			line = &muted{Conn: conn}
			return line, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(c.CloseDeadline(time.Unix(1, 0)), line.Conn.Close()) })
	ch, err := c.Channel()
	if err != nil {
		t.Fatal(err)
	}
	q := mine(t, ch)
	publish(t, ch, q, "a")
	if m, ok, err := ch.Get(q, false); err != nil || !ok || string(m.Body) != "a" {
		t.Fatalf("got %s, %v, %v", m.Body, ok, err)
	}
	line.mute.Store(true)
	next := channel(t, i, i.Password)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = poll.Until(ctx, 50*time.Millisecond, func(context.Context) (bool, string, error) {
		m, ok, err := next.Get(q, true)
		return ok && m.Redelivered, "it is still held", err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAMQP_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseAMQP, "127.0.6.2")
	start(t, i, serve.Options{})
	if _, err := login(t, i, "wrong"); !errors.Is(err, amqp.ErrCredentials) {
		t.Errorf("the wrong password: %v", err)
	}
	for name, use := range map[string]func(*amqp.Channel) error{
		"passive": func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive("none", true, false, false, false, nil)
			return err
		},
		"get":   func(ch *amqp.Channel) error { _, _, err := ch.Get("none", true); return err },
		"other": func(ch *amqp.Channel) error { return ch.ExchangeDeclare("x", "direct", true, false, false, false, nil) },
	} {
		var own *amqp.Error
		if err := use(channel(t, i, "first")); !errors.As(err, &own) || !own.Server {
			t.Errorf("%s: %v", name, err)
		}
	}
	ch := channel(t, i, "first")
	returned := ch.NotifyReturn(make(chan amqp.Return, 1))
	mine(t, ch)
	publish(t, ch, "nowhere", "x")
	if r := <-returned; r.ReplyText != "NO_ROUTE" || string(r.Body) != "x" {
		t.Errorf("returned %+v", r)
	}
}

func TestAMQP_endsWithWhoSpeaksSomethingElse(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseAMQP, "127.0.6.3")
	start(t, i, serve.Options{})
	for _, text := range []string{
		"GET / HTTP/1.1\r\n\r\n", "*1\r\n$4\r\nPING\r\n", "AMQP\x00\x00\x09\x01\x01\x00\x00\xff\xff\xff\xff",
		"AMQP\x00\x00\x09\x01\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0b\xce", "AMQP\x00\x00\x09\x01\x03\x00\x00\x00\x00\x00\x00\xce",
	} {
		endsWith(t, i.Nodes[0].Listen, text)
	}
	publish(t, func() *amqp.Channel { ch := channel(t, i, "first"); mine(t, ch); return ch }(), managed.Store, "x")
}
