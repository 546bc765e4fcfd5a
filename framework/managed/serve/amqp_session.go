package serve

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
)

// The methods that are understood.
//
// Source: AMQP 0-9-1, "Complete Reference Guide"; RabbitMQ, "Consumer
// Acknowledgements and Publisher Confirms" for the class confirm.
var (
	connectionStart   = method{10, 10}
	connectionStartOK = method{10, 11}
	connectionTune    = method{10, 30}
	connectionTuneOK  = method{10, 31}
	connectionOpen    = method{10, 40}
	connectionOpenOK  = method{10, 41}
	connectionClose   = method{10, 50}
	connectionCloseOK = method{10, 51}
	channelOpen       = method{20, 10}
	channelOpenOK     = method{20, 11}
	channelClose      = method{20, 40}
	channelCloseOK    = method{20, 41}
	queueDeclare      = method{50, 10}
	queueDeclareOK    = method{50, 11}
	queueDelete       = method{50, 40}
	queueDeleteOK     = method{50, 41}
	basicPublish      = method{60, 40}
	basicReturn       = method{60, 50}
	basicGet          = method{60, 70}
	basicGetOK        = method{60, 71}
	basicGetEmpty     = method{60, 72}
	basicAck          = method{60, 80}
	confirmSelect     = method{85, 10}
	confirmSelectOK   = method{85, 11}
)

const (
	maxChannels = 64
	vhost       = "/"
	mechanism   = "PLAIN"

	replyNoRoute      = 312
	replyRefused      = 403
	replyNotFound     = 404
	replyPrecondition = 406
	replyFull         = 506
	replyNotAllowed   = 530
	replyNotHere      = 540
)

// amqpSession is one client's connection.
type amqpSession struct {
	broker   *broker
	conn     *amqpConn
	channels map[uint16]*amqpChannel
	// silence is how long the client may say nothing: two of the heartbeats that it wants. Zero is for ever.
	silence time.Duration
}

// amqpChannel is a channel of it.
type amqpChannel struct {
	number   uint16
	confirms bool
	// published and delivered number the messages of either way, given are those
	// that are not acknowledged, by number.
	published, delivered uint64
	given                map[uint64]*message
}

// serve answers a client until either ends the connection.
func (s *amqpSession) serve() error {
	if err := s.conn.SetDeadline(time.Now().Add(s.broker.options.Patience)); err != nil {
		return err
	}
	if err := s.login(); err != nil {
		return err
	}
	if err := s.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	for {
		if s.silence > 0 {
			if err := s.conn.SetReadDeadline(time.Now().Add(s.silence)); err != nil {
				return err
			}
		}
		f, err := s.conn.read()
		if err != nil {
			return err
		}
		if f.kind == frameHeartbeat {
			err = s.conn.write(frame{kind: frameHeartbeat})
		} else {
			err = s.answer(f)
		}
		if err != nil {
			return err
		}
	}
}

// login asks who the client is and agrees on bounds with it.
func (s *amqpSession) login() error {
	greeting := make([]byte, len(amqpGreeting))
	if _, err := io.ReadFull(s.conn.in, greeting); err != nil {
		return err
	}
	if string(greeting) != amqpGreeting {
		_, _ = io.WriteString(s.conn, amqpGreeting) // as the specification wants it
		return fmt.Errorf("%w: the greeting %q", errNotAMQP, greeting)
	}
	start := say(0, connectionStart, byte(0), byte(9), s.broker.properties(), long(mechanism), long("en_US"))
	if err := s.conn.write(start); err != nil {
		return err
	}
	a, err := s.expect(connectionStartOK)
	if err != nil {
		return err
	}
	properties, by, response := a.longer(), a.text(), a.longer()
	if by != mechanism || !s.broker.knows(response) {
		return s.refuse(properties)
	}
	if err := s.conn.write(say(0, connectionTune, uint16(maxChannels), uint32(maxAMQPFrame), uint16(0))); err != nil {
		return err
	}
	if a, err = s.expect(connectionTuneOK); err != nil {
		return err
	}
	_, _ = a.take(2), a.take(4) // bounds
	s.silence = 2 * time.Second * time.Duration(a.short())
	if a, err = s.expect(connectionOpen); err != nil {
		return err
	}
	if name := a.text(); name != vhost {
		return s.hangUp(replyNotAllowed, "NOT_ALLOWED - vhost "+name+" not found", connectionOpen)
	}
	return s.conn.write(say(0, connectionOpenOK, ""))
}

// refuse tells a client that it is not known if it says that it listens to that; a
// client of old is hung up on.
func (s *amqpSession) refuse(properties string) error {
	const listens = "\x1cauthentication_failure_close" + "t\x01"
	if !bytes.Contains([]byte(properties), []byte(listens)) {
		return fmt.Errorf("%s is not known by the password", managed.User)
	}
	return s.hangUp(replyRefused, "ACCESS_REFUSED - Login was refused using authentication mechanism "+mechanism+".", connectionStartOK)
}

// hangUp ends the connection with a reason. The error says that it has ended.
func (s *amqpSession) hangUp(code uint16, text string, at method) error {
	err := s.conn.write(say(0, connectionClose, code, text, at.class, at.number))
	if err == nil {
		_, err = s.expect(connectionCloseOK)
	}
	if err == nil {
		err = io.EOF
	}
	return err
}

// expect reads one method of the connection itself.
func (s *amqpSession) expect(want method) (*arguments, error) {
	f, err := s.conn.read()
	if err != nil {
		return nil, err
	}
	m, a := f.method()
	if f.kind != frameMethod || f.channel != 0 || m != want {
		return nil, fmt.Errorf("%w: %v, awaited was %v", errNotAMQP, m, want)
	}
	return a, nil
}

// method splits a method's frame.
func (f frame) method() (method, *arguments) {
	a := &arguments{rest: f.payload}
	return method{a.short(), a.short()}, a
}

// answer does what a client says.
func (s *amqpSession) answer(f frame) error {
	m, a := f.method()
	if f.kind != frameMethod || a.err != nil {
		return fmt.Errorf("%w: a frame of kind %d", errNotAMQP, f.kind)
	}
	if f.channel == 0 {
		switch m {
		case connectionClose:
			if err := s.conn.write(say(0, connectionCloseOK)); err != nil {
				return err
			}
			return io.EOF
		default:
			return s.hangUp(replyNotHere, fmt.Sprintf("NOT_IMPLEMENTED - %v", m), m)
		}
	}
	c := s.channels[f.channel]
	switch {
	case m == channelOpen && c == nil && f.channel <= maxChannels:
		s.channels[f.channel] = &amqpChannel{number: f.channel, given: map[uint64]*message{}}
		return s.conn.write(say(f.channel, channelOpenOK, long("")))
	case c == nil:
		return fmt.Errorf("%w: %v on channel %d, which is not open", errNotAMQP, m, f.channel)
	default:
		return s.onChannel(c, m, a)
	}
}

func (s *amqpSession) onChannel(c *amqpChannel, m method, a *arguments) error {
	switch m {
	case channelClose:
		s.drop(c)
		return s.conn.write(say(c.number, channelCloseOK))
	case channelCloseOK:
		return nil
	case confirmSelect:
		c.confirms = true
		return s.conn.write(say(c.number, confirmSelectOK))
	case queueDeclare:
		return s.declare(c, a)
	case queueDelete:
		return s.remove(c, a)
	case basicPublish:
		return s.publish(c, a)
	case basicGet:
		return s.get(c, a)
	case basicAck:
		return s.acknowledge(c, a)
	default:
		return s.endChannel(c, replyNotHere, fmt.Sprintf("NOT_IMPLEMENTED - %v", m), m)
	}
}

// drop forgets a channel; what it holds returns to the queues.
func (s *amqpSession) drop(c *amqpChannel) {
	s.broker.queues.release(c)
	delete(s.channels, c.number)
}

// endChannel ends a channel with a reason.
func (s *amqpSession) endChannel(c *amqpChannel, code uint16, text string, at method) error {
	s.drop(c)
	err := s.conn.write(say(c.number, channelClose, code, text, at.class, at.number))
	for err == nil { // what is on its way to a channel that has ended is passed over
		var f frame
		if f, err = s.conn.read(); err == nil && f.channel == c.number && f.kind == frameMethod {
			if m, _ := f.method(); m == channelCloseOK {
				return nil
			}
		}
	}
	return err
}

func (s *amqpSession) declare(c *amqpChannel, a *arguments) error {
	const passive = 1
	_, name, flags := a.short(), a.text(), a.octet()
	if a.err != nil {
		return a.err
	}
	waiting, ok := s.broker.queues.has(name)
	if !ok && flags&passive == 0 && name != "" {
		waiting, ok = s.broker.queues.declare(name)
	}
	if !ok {
		return s.endChannel(c, replyNotFound, "NOT_FOUND - no queue '"+name+"' in vhost '/'", queueDeclare)
	}
	return s.conn.write(say(c.number, queueDeclareOK, name, uint32(waiting), uint32(0)))
}

// remove deletes a queue with what is in it. One that is not there is no error.
//
// Source: RabbitMQ, "Compatibility and Conformance" (idempotent deletes).
func (s *amqpSession) remove(c *amqpChannel, a *arguments) error {
	_, name := a.short(), a.text()
	if a.err != nil {
		return a.err
	}
	return s.conn.write(say(c.number, queueDeleteOK, uint32(s.broker.queues.drop(name))))
}

// publish reads a message's content after its method, keeps it, and then says so.
func (s *amqpSession) publish(c *amqpChannel, a *arguments) error {
	const mandatory = 1
	_, exchange, key, flags := a.short(), a.text(), a.text(), a.octet()
	if a.err != nil {
		return a.err
	}
	m, err := s.content(c)
	if err != nil {
		return err
	}
	if exchange != "" {
		return s.endChannel(c, replyNotFound, "NOT_FOUND - no exchange '"+exchange+"' in vhost '/'", basicPublish)
	}
	var frames []frame
	routed, err := s.broker.queues.publish(key, m)
	if err != nil {
		return s.hangUp(replyFull, "RESOURCE_ERROR - "+err.Error(), basicPublish)
	}
	if !routed && flags&mandatory != 0 {
		frames = append([]frame{say(c.number, basicReturn, uint16(replyNoRoute), "NO_ROUTE", exchange, key)}, m.frames(c.number)...)
	}
	if c.published++; c.confirms {
		frames = append(frames, say(c.number, basicAck, c.published, byte(0)))
	}
	return s.conn.write(frames...)
}

// content reads the header and the body of a message.
func (s *amqpSession) content(c *amqpChannel) (*message, error) {
	const sizeAt, least = 4, 14
	h, err := s.conn.read()
	if err != nil {
		return nil, err
	}
	if h.kind != frameHeader || h.channel != c.number || len(h.payload) < least {
		return nil, fmt.Errorf("%w: no header after a publish", errNotAMQP)
	}
	size := binary.BigEndian.Uint64(h.payload[sizeAt:])
	if size > maxAMQPBody {
		return nil, fmt.Errorf("%w: a message of %d bytes", errNotAMQP, size)
	}
	m := &message{header: h.payload}
	for uint64(len(m.body)) < size {
		f, err := s.conn.read()
		if err != nil {
			return nil, err
		}
		if f.kind != frameBody || f.channel != c.number || len(f.payload) == 0 || uint64(len(m.body)+len(f.payload)) > size {
			return nil, fmt.Errorf("%w: a body that is not as announced", errNotAMQP)
		}
		m.body = append(m.body, f.payload...)
	}
	return m, nil
}

// frames is the content of a message, in pieces that fit.
func (m *message) frames(channel uint16) []frame {
	all := []frame{{frameHeader, channel, m.header}}
	for rest := m.body; len(rest) > 0; {
		n := min(len(rest), maxAMQPFrame-amqpFrameHead-amqpFrameTail)
		all = append(all, frame{frameBody, channel, rest[:n]})
		rest = rest[n:]
	}
	return all
}

func (s *amqpSession) get(c *amqpChannel, a *arguments) error {
	_, name, noAck := a.short(), a.text(), a.octet()
	if a.err != nil {
		return a.err
	}
	if _, ok := s.broker.queues.has(name); !ok {
		return s.endChannel(c, replyNotFound, "NOT_FOUND - no queue '"+name+"' in vhost '/'", basicGet)
	}
	m, left := s.broker.queues.get(name, c)
	if m == nil {
		return s.conn.write(say(c.number, basicGetEmpty, ""))
	}
	c.delivered++
	if c.given[c.delivered] = m; noAck != 0 {
		delete(c.given, c.delivered)
		s.broker.queues.remove([]*message{m})
	}
	given := say(c.number, basicGetOK, c.delivered, m.redelivered, "", name, uint32(left))
	return s.conn.write(append([]frame{given}, m.frames(c.number)...)...)
}

// acknowledge forgets a message, or all up to one.
func (s *amqpSession) acknowledge(c *amqpChannel, a *arguments) error {
	number, multiple := a.quad(), a.octet() != 0
	if a.err != nil {
		return a.err
	}
	var gone []*message
	for n, m := range c.given {
		if n == number || multiple && (n < number || number == 0) {
			gone = append(gone, m)
			delete(c.given, n)
		}
	}
	if len(gone) == 0 {
		return s.endChannel(c, replyPrecondition, fmt.Sprintf("PRECONDITION_FAILED - unknown delivery tag %d", number), basicAck)
	}
	s.broker.queues.remove(gone)
	return nil
}
