package serve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// What this file knows of AMQP's frames and values.
//
// Source: AMQP 0-9-1 specification, section 2.3 and 4.2.
const (
	amqpGreeting = "AMQP\x00\x00\x09\x01"

	frameMethod    = 1
	frameHeader    = 2
	frameBody      = 3
	frameHeartbeat = 8
	frameEnd       = 0xCE

	amqpFrameHead = 7
	amqpFrameTail = 1
	maxAMQPFrame  = 128 << 10
	maxAMQPBody   = 1 << 20
)

// errNotAMQP is what a client speaks that speaks something else, or more than this
// server bears.
var errNotAMQP = errors.New("not what a client of AMQP says here")

// method is a class and a method's number in it.
type method struct{ class, number uint16 }

// frame is one as it is on the wire.
type frame struct {
	kind    byte
	channel uint16
	payload []byte
}

// amqpConn reads and writes frames. Reading is one goroutine's.
type amqpConn struct {
	net.Conn
	in      *bufio.Reader
	writing sync.Mutex
}

func (c *amqpConn) read() (frame, error) {
	var head [amqpFrameHead]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return frame{}, err
	}
	size := binary.BigEndian.Uint32(head[3:])
	if size > maxAMQPFrame-amqpFrameHead-amqpFrameTail {
		return frame{}, fmt.Errorf("%w: a frame of %d bytes", errNotAMQP, size)
	}
	payload := make([]byte, size+amqpFrameTail)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		return frame{}, err
	}
	if payload[size] != frameEnd {
		return frame{}, fmt.Errorf("%w: a frame without its end", errNotAMQP)
	}
	return frame{head[0], binary.BigEndian.Uint16(head[1:]), payload[:size]}, nil
}

// write sends frames, whole and together.
func (c *amqpConn) write(frames ...frame) error {
	var b bytes.Buffer
	for _, f := range frames {
		head := binary.BigEndian.AppendUint16([]byte{f.kind}, f.channel)
		b.Write(binary.BigEndian.AppendUint32(head, uint32(len(f.payload))))
		b.Write(f.payload)
		b.WriteByte(frameEnd)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.Write(b.Bytes())
	return err
}

// say makes the frame of a method.
func say(channel uint16, m method, arguments ...any) frame {
	p := binary.BigEndian.AppendUint16(nil, m.class)
	p = binary.BigEndian.AppendUint16(p, m.number)
	for _, a := range arguments {
		p = appendAMQP(p, a)
	}
	return frame{frameMethod, channel, p}
}

// long is a text with four bytes of length; a string has one.
type long string

// fields is a table of texts, truths and tables.
type fields []field

type field struct {
	name  string
	value any
}

func appendAMQP(p []byte, value any) []byte {
	switch v := value.(type) {
	case byte:
		return append(p, v)
	case uint16:
		return binary.BigEndian.AppendUint16(p, v)
	case uint32:
		return binary.BigEndian.AppendUint32(p, v)
	case uint64:
		return binary.BigEndian.AppendUint64(p, v)
	case bool:
		if v {
			return append(p, 1)
		}
		return append(p, 0)
	case string:
		v = v[:min(len(v), 255)]
		return append(append(p, byte(len(v))), v...)
	case long:
		return append(binary.BigEndian.AppendUint32(p, uint32(len(v))), v...)
	case fields:
		return appendAMQP(p, long(v.encode()))
	default:
		return p
	}
}

func (t fields) encode() []byte {
	var p []byte
	for _, f := range t {
		p = appendAMQP(p, f.name)
		switch f.value.(type) {
		case bool:
			p = append(p, 't')
		case fields:
			p = append(p, 'F')
		default:
			p = append(p, 'S')
		}
		p = appendAMQP(p, f.value)
	}
	return p
}

// arguments reads what a method was said with. After the first that is missing
// all are zero, and err says so.
type arguments struct {
	rest []byte
	err  error
}

func (a *arguments) take(n int) []byte {
	if n > len(a.rest) {
		a.err = fmt.Errorf("%w: a method that ends early", errNotAMQP)
		a.rest = nil
		return make([]byte, min(n, 8))
	}
	taken := a.rest[:n]
	a.rest = a.rest[n:]
	return taken
}

func (a *arguments) octet() byte    { return a.take(1)[0] }
func (a *arguments) short() uint16  { return binary.BigEndian.Uint16(a.take(2)) }
func (a *arguments) quad() uint64   { return binary.BigEndian.Uint64(a.take(8)) }
func (a *arguments) text() string   { return a.sized(int(a.octet())) }
func (a *arguments) longer() string { return a.sized(int(binary.BigEndian.Uint32(a.take(4)))) }

func (a *arguments) sized(n int) string {
	if n > len(a.rest) {
		a.take(len(a.rest) + 1)
		return ""
	}
	return string(a.take(n))
}
