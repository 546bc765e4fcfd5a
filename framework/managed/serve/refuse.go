package serve

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What a service says to a client that its access control does not admit.
//
// Source: Alibaba Cloud, "What do I do if the error 'client ip is not in
// whitelist' is returned"; MySQL Reference Manual, ER_HOST_NOT_PRIVILEGED.
const (
	RedisRefusal = "ERR client ip is not in whitelist"
	// MySQLRefusal has the client's address in it.
	MySQLRefusal       = "Host '%s' is not allowed to connect to this MySQL server"
	mysqlRefusalNumber = 1130
)

// Refuser says no to everybody, in a service's own protocol, on a port of a host.
// What leads those to it who are not listed is not its business.
type Refuser struct {
	gate    *gate
	refuse  func(net.Conn) error
	serving sync.WaitGroup
}

// Refuse starts a refuser on a host. The caller closes it. Only a cache and a
// database have an access control that speaks.
func Refuse(ctx context.Context, of managed.Refusal, o Options) (*Refuser, error) {
	r := &Refuser{gate: newGate(o.Place, of.Host, of.At)}
	switch of.Use {
	case topology.UseRedis:
		r.refuse = refuseRedis
	case topology.UseMySQL:
		r.refuse = refuseMySQL
	default:
		return nil, fmt.Errorf("refuse %s on %s: no service of the kind says so itself", of.Use, of.Host)
	}
	r.serving.Go(r.accept)
	if err := r.gate.set(ctx, []netip.AddrPort{of.At}); err != nil {
		return nil, errors.Join(fmt.Errorf("refuse %s: %w", of.Use, err), r.Close())
	}
	return r, nil
}

// Close ends the refuser.
func (r *Refuser) Close() error {
	err := r.gate.Close()
	r.serving.Wait()
	return err
}

func (r *Refuser) accept() {
	for {
		c, err := r.gate.Accept()
		if err != nil {
			return
		}
		r.serving.Go(func() {
			_ = r.refuse(c) // it ends with the client
			_ = c.Close()
		})
	}
}

// refuseRedis answers every command with the refusal.
func refuseRedis(c net.Conn) error {
	commands := bufio.NewReader(c)
	for {
		if _, err := readCommand(commands); err != nil {
			return err
		}
		if _, err := io.WriteString(c, "-"+RedisRefusal+"\r\n"); err != nil {
			return err
		}
	}
}

// refuseMySQL says no before the client has said anything.
//
// Source: MySQL Internals, ERR_Packet of a server that has not greeted: a header of
// three bytes of length and a number, 0xff, the error's number, its text.
func refuseMySQL(c net.Conn) error {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return err
	}
	body := binary.LittleEndian.AppendUint16([]byte{0xff}, mysqlRefusalNumber)
	body = fmt.Appendf(body, MySQLRefusal, host)
	packet := append([]byte{byte(len(body)), byte(len(body) >> 8), 0, 0}, body...)
	_, err = c.Write(packet)
	return err
}
