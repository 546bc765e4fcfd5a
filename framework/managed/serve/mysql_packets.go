package serve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// What this file knows of MySQL's protocol.
//
// Source: MySQL Internals, "Client/Server Protocol" (version 10 of the handshake).
const (
	mysqlProtocol   = 10
	mysqlVersion    = "8.0.0-vpcgate"
	mysqlUTF8       = 45
	mysqlPlugin     = "mysql_native_password"
	mysqlAutocommit = 2

	// What server and client can do.
	clientConnectWithDB = 0x8
	clientSecure        = 0x8000
	clientPluginAuth    = 0x80000
	clientLenencAuth    = 0x200000
	mysqlCapabilities   = 0x1 | 0x2 | 0x4 | clientConnectWithDB | 0x200 | 0x2000 | clientSecure | clientPluginAuth

	nonceLength     = 20
	firstNonce      = 8
	mysqlFrameHead  = 4
	maxMySQLFrame   = 1 << 20
	mysqlVarString  = 0xfd
	mysqlColumnSize = 1024
)

// Commands of a client.
const (
	commandQuit   = 1
	commandInitDB = 2
	commandQuery  = 3
	commandPing   = 14
)

// mysqlError is an error as the server says it.
type mysqlError struct {
	number uint16
	state  string
	text   string
}

// Error returns the text.
func (e *mysqlError) Error() string { return e.text }

// errNotMySQL is what a client speaks that speaks something else.
var errNotMySQL = errors.New("not a packet of MySQL")

// mysqlConn reads and writes packets. It is used by one goroutine.
type mysqlConn struct {
	net.Conn
	in  *bufio.Reader
	out bytes.Buffer
	seq byte
}

// read returns the next packet, which has to be the next one.
func (c *mysqlConn) read() ([]byte, error) {
	var head [mysqlFrameHead]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, err
	}
	size := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if head[3] != c.seq || size > maxMySQLFrame {
		return nil, fmt.Errorf("%w: %d bytes with number %d", errNotMySQL, size, head[3])
	}
	c.seq++
	packet := make([]byte, size)
	_, err := io.ReadFull(c.in, packet)
	return packet, err
}

// add puts a packet behind those that flush sends.
func (c *mysqlConn) add(packet []byte) {
	size := len(packet)
	c.out.Write([]byte{byte(size), byte(size >> 8), byte(size >> 16), c.seq})
	c.out.Write(packet)
	c.seq++
}

func (c *mysqlConn) flush() error {
	_, err := c.Write(c.out.Bytes())
	c.out.Reset()
	return err
}

// greet sends the server's greeting.
func (c *mysqlConn) greet(id uint32, nonce []byte) error {
	p := append([]byte{mysqlProtocol}, mysqlVersion...)
	p = append(p, 0)
	p = binary.LittleEndian.AppendUint32(p, id)
	p = append(append(p, nonce[:firstNonce]...), 0)
	p = binary.LittleEndian.AppendUint16(p, mysqlCapabilities&0xffff)
	p = append(p, mysqlUTF8)
	p = binary.LittleEndian.AppendUint16(p, mysqlAutocommit)
	p = binary.LittleEndian.AppendUint16(p, mysqlCapabilities>>16)
	p = append(p, nonceLength+1)
	p = append(p, make([]byte, 10)...)
	p = append(append(p, nonce[firstNonce:]...), 0)
	p = append(append(p, mysqlPlugin...), 0)
	c.add(p)
	return c.flush()
}

// login is who a client says it is.
type login struct {
	user     string
	response []byte
	database string
}

// readLogin reads a client's answer to the greeting.
func readLogin(packet []byte) (login, error) {
	const fixed = 4 + 4 + 1 + 23
	if len(packet) < fixed {
		return login{}, fmt.Errorf("%w: a login of %d bytes", errNotMySQL, len(packet))
	}
	capabilities := binary.LittleEndian.Uint32(packet)
	rest := bytes.NewBuffer(packet[fixed:])
	var l login
	user, err := rest.ReadString(0)
	if err != nil {
		return l, fmt.Errorf("%w: a login without a user", errNotMySQL)
	}
	l.user = user[:len(user)-1]
	if capabilities&(clientSecure|clientLenencAuth) == 0 {
		return l, fmt.Errorf("%w: a login as before MySQL 4.1", errNotMySQL)
	}
	// What is shorter than 251 bytes has one byte of length in both.
	length, err := rest.ReadByte()
	size := int(length)
	if err != nil {
		return l, fmt.Errorf("%w: a login without a password", errNotMySQL)
	}
	if size > rest.Len() {
		return l, fmt.Errorf("%w: a password of %d bytes", errNotMySQL, size)
	}
	l.response = rest.Next(size)
	if capabilities&clientConnectWithDB != 0 {
		name, _ := rest.ReadString(0)
		l.database = string(bytes.TrimRight([]byte(name), "\x00"))
	}
	return l, nil
}

// ok says that a statement changed so many rows.
func (c *mysqlConn) ok(changed int) error {
	p := appendLength([]byte{0}, changed)
	p = append(p, 0)
	p = binary.LittleEndian.AppendUint16(p, mysqlAutocommit)
	c.add(append(p, 0, 0))
	return c.flush()
}

func (c *mysqlConn) fail(e *mysqlError) error {
	p := binary.LittleEndian.AppendUint16([]byte{0xff}, e.number)
	p = append(append(p, '#'), e.state...)
	c.add(append(p, e.text...))
	return c.flush()
}

// rows sends a result of texts.
func (c *mysqlConn) rows(columns []string, rows [][]string) error {
	c.add(appendLength(nil, len(columns)))
	for _, name := range columns {
		var p []byte
		for _, text := range []string{"def", "", "", "", name, name} {
			p = appendText(p, text)
		}
		p = append(p, 12, mysqlUTF8, 0)
		p = binary.LittleEndian.AppendUint32(p, mysqlColumnSize)
		c.add(append(p, mysqlVarString, 0, 0, 0, 0, 0))
	}
	c.end()
	for _, row := range rows {
		var p []byte
		for _, text := range row {
			p = appendText(p, text)
		}
		c.add(p)
	}
	c.end()
	return c.flush()
}

// end is the packet after columns and after rows.
func (c *mysqlConn) end() { c.add([]byte{0xfe, 0, 0, mysqlAutocommit, 0}) }

func appendText(p []byte, text string) []byte { return append(appendLength(p, len(text)), text...) }

// appendLength appends a number as the protocol has lengths.
func appendLength(p []byte, n int) []byte {
	const oneByte = 251
	if n < oneByte {
		return append(p, byte(n))
	}
	if n <= 0xffff {
		return binary.LittleEndian.AppendUint16(append(p, 0xfc), uint16(n))
	}
	return append(p, 0xfd, byte(n), byte(n>>8), byte(n>>16))
}
