package serve

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds and places in Kafka's protocol: a size, then a request's key, version and
// correlation id, or a response's correlation id.
//
// Source: Apache Kafka, protocol guide.
const (
	maxFrame        = 16 << 20
	sizeLength      = 4
	requestHeader   = 8
	responseHeader  = 4
	placeOfVersion  = 2
	placeOfRequest  = 4
	firstOfFlexible = 1 // an empty list of tags
)

// errNotKafka is what a client speaks that speaks something else.
var errNotKafka = errors.New("not a request of Kafka")

// kafkaConn is a broker's connection. It lets only requests through that the
// cluster can read, and tells the client the brokers' addresses as advertised on
// the port by which it came.
type kafkaConn struct {
	net.Conn
	advertised func(broker int32, port uint16) (netip.AddrPort, bool)
	port       uint16

	requests *bufio.Reader
	pending  []byte

	mu sync.Mutex
	// asked are the requests whose response names brokers, by correlation id.
	asked map[uint32]asked
}

// asked is a request's key and version.
type asked struct{ key, version int16 }

func newKafkaConn(c net.Conn, advertised func(int32, uint16) (netip.AddrPort, bool)) *kafkaConn {
	k := &kafkaConn{Conn: c, advertised: advertised, requests: bufio.NewReader(c), asked: map[uint32]asked{}}
	if at, err := netip.ParseAddrPort(c.LocalAddr().String()); err == nil {
		k.port = at.Port()
	}
	return k
}

// Read implements net.Conn, one whole request after the other.
func (k *kafkaConn) Read(b []byte) (int, error) {
	if len(k.pending) == 0 {
		if err := k.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, k.pending)
	k.pending = k.pending[n:]
	return n, nil
}

func (k *kafkaConn) next() error {
	head, err := k.requests.Peek(sizeLength + requestHeader)
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head)
	is := asked{
		key:     int16(binary.BigEndian.Uint16(head[sizeLength:])),
		version: int16(binary.BigEndian.Uint16(head[sizeLength+placeOfVersion:])),
	}
	request := kmsg.RequestForKey(is.key)
	if size < requestHeader || size > maxFrame || request == nil {
		return fmt.Errorf("%w: %d bytes of key %d", errNotKafka, size, is.key)
	}
	if namesBrokers(request) {
		k.mu.Lock()
		k.asked[binary.BigEndian.Uint32(head[sizeLength+placeOfRequest:])] = is
		k.mu.Unlock()
	}
	frame := make([]byte, sizeLength+int(size))
	if _, err := io.ReadFull(k.requests, frame); err != nil {
		return err
	}
	k.pending = frame
	return nil
}

// namesBrokers reports whether the response to a request says where brokers are.
func namesBrokers(r kmsg.Request) bool {
	switch r.(type) {
	case *kmsg.MetadataRequest, *kmsg.FindCoordinatorRequest, *kmsg.DescribeClusterRequest:
		return true
	default:
		return false
	}
}

// Write implements net.Conn. The cluster writes a whole response at once.
func (k *kafkaConn) Write(b []byte) (int, error) {
	if len(b) < sizeLength+responseHeader {
		return k.Conn.Write(b)
	}
	id := binary.BigEndian.Uint32(b[sizeLength:])
	k.mu.Lock()
	is, ok := k.asked[id]
	delete(k.asked, id)
	k.mu.Unlock()
	if !ok {
		return k.Conn.Write(b)
	}
	named, err := k.rename(b, is)
	if err != nil {
		return 0, err
	}
	if _, err := k.Conn.Write(named); err != nil {
		return 0, err
	}
	return len(b), nil
}

// rename puts the advertised addresses into a response.
func (k *kafkaConn) rename(frame []byte, is asked) ([]byte, error) {
	response := kmsg.ResponseForKey(is.key)
	response.SetVersion(is.version)
	at := sizeLength + responseHeader
	if response.IsFlexible() {
		at += firstOfFlexible
	}
	if err := response.ReadFrom(frame[at:]); err != nil {
		return nil, fmt.Errorf("read own response: %w", err)
	}
	switch r := response.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			k.place(r.Brokers[i].NodeID, &r.Brokers[i].Host, &r.Brokers[i].Port)
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			k.place(r.Brokers[i].NodeID, &r.Brokers[i].Host, &r.Brokers[i].Port)
		}
	case *kmsg.FindCoordinatorResponse:
		k.place(r.NodeID, &r.Host, &r.Port)
		for i := range r.Coordinators {
			k.place(r.Coordinators[i].NodeID, &r.Coordinators[i].Host, &r.Coordinators[i].Port)
		}
	}
	named := response.AppendTo(append([]byte{}, frame[:at]...))
	binary.BigEndian.PutUint32(named, uint32(len(named)-sizeLength))
	return named, nil
}

func (k *kafkaConn) place(broker int32, host *string, port *int32) {
	if at, ok := k.advertised(broker, k.port); ok {
		*host, *port = at.Addr().String(), int32(at.Port())
	}
}
