package serve

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// database is a database server of vpcgate's own: MySQL's protocol, and of its
// language the statements of statements.
type database struct {
	gate     *gate
	patience time.Duration
	serving  sync.WaitGroup
	clients  atomic.Uint32
	records  records

	mu sync.Mutex
	is managed.Instance
}

func startMySQL(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	n, err := single(i)
	if err != nil {
		return nil, err
	}
	d := &database{gate: newGate(o.Place, n.Host, ownOf(n)), patience: o.Patience, is: i}
	d.serving.Go(d.accept)
	if err := d.Adopt(ctx, i); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Instance implements Server.
func (d *database) Instance() managed.Instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is
}

// Program implements Server.
func (d *database) Program() managed.Program {
	return own(topology.UseMySQL, "vpcgate mysql", "for MySQL, which is not installed here: its protocol with the statements of one client")
}

// Adopt implements Server.
func (d *database) Adopt(ctx context.Context, i managed.Instance) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := sameInstance(d.is, i); err != nil {
		return err
	}
	if err := d.gate.set(ctx, listens(i.Nodes[0])); err != nil {
		return err
	}
	d.is = i
	return nil
}

// Close implements Server.
func (d *database) Close() error {
	err := d.gate.Close()
	d.serving.Wait()
	return err
}

func (d *database) accept() {
	for {
		c, err := d.gate.Accept()
		if err != nil {
			return
		}
		d.serving.Go(func() {
			_ = d.serve(&mysqlConn{Conn: c, in: bufio.NewReader(c)}) // it ends with the client
			_ = c.Close()
		})
	}
}

// serve lets a client in and answers its statements until it ends.
func (d *database) serve(c *mysqlConn) error {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return err
	}
	if err := d.admit(c, host); err != nil {
		return err
	}
	for {
		c.seq = 0
		packet, err := c.read()
		if err != nil || len(packet) == 0 || packet[0] == commandQuit {
			return err
		}
		switch packet[0] {
		case commandPing, commandInitDB:
			err = c.ok(0)
		case commandQuery:
			err = d.answer(c, host, string(packet[1:]))
		default:
			err = c.fail(&mysqlError{1047, "08S01", "Unknown command"})
		}
		if err != nil {
			return err
		}
	}
}

// admit asks a client who it is. The error is nil if it may stay.
func (d *database) admit(c *mysqlConn, host string) error {
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	if err := c.SetDeadline(time.Now().Add(d.patience)); err != nil {
		return err
	}
	if err := c.greet(d.clients.Add(1), nonce); err != nil {
		return err
	}
	packet, err := c.read()
	if err != nil {
		return err
	}
	l, err := readLogin(packet)
	if err != nil {
		return err
	}
	if l.user != managed.User || subtle.ConstantTimeCompare(l.response, scramble(d.Instance().Password, nonce)) != 1 {
		denied := &mysqlError{1045, "28000", fmt.Sprintf("Access denied for user '%s'@'%s' (using password: %s)", l.user, host, yesOrNo(l.response))}
		return errors.Join(denied, c.fail(denied))
	}
	if l.database != "" && l.database != managed.Store {
		unknown := &mysqlError{1049, "42000", fmt.Sprintf("Unknown database '%s'", l.database)}
		return errors.Join(unknown, c.fail(unknown))
	}
	if err := c.ok(0); err != nil {
		return err
	}
	return c.SetDeadline(time.Time{})
}

func yesOrNo(response []byte) string {
	if len(response) == 0 {
		return "NO"
	}
	return "YES"
}

// answer executes one statement.
func (d *database) answer(c *mysqlConn, host, statement string) error {
	found, err := d.records.execute(statement, session{identity: d.Instance().Identity(), user: managed.User + "@" + host})
	var own *mysqlError
	switch {
	case errors.As(err, &own):
		return c.fail(own)
	case err != nil:
		return err
	case found.columns == nil:
		return c.ok(found.changed)
	default:
		return c.rows(found.columns, found.rows)
	}
}

// newNonce makes what a password is scrambled with: bytes that are neither zero
// nor beyond ASCII.
func newNonce() ([]byte, error) {
	nonce := make([]byte, nonceLength)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	const first, many = '%', 90
	for i := range nonce {
		nonce[i] = first + nonce[i]%many
	}
	return nonce, nil
}

// scramble is what a client answers who knows the password.
//
// Source: MySQL Internals, "Native Authentication": SHA1(password) XOR
// SHA1(nonce, SHA1(SHA1(password))).
func scramble(password string, nonce []byte) []byte {
	if password == "" {
		return nil
	}
	once := sha1.Sum([]byte(password))
	twice := sha1.Sum(once[:])
	mask := sha1.Sum(append(append([]byte{}, nonce...), twice[:]...))
	for i := range mask {
		mask[i] ^= once[i]
	}
	return mask[:]
}
