package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// miniRedis is a cache that lives in this process. The connections are its own,
// and not the module's, so that CLIENT INFO can tell a client's true address.
type miniRedis struct {
	gate    *gate
	cache   *miniredis.Miniredis
	serving sync.WaitGroup
	clients atomic.Uint64

	mu sync.Mutex
	is managed.Instance
}

func startMiniRedis(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	n, err := single(i)
	if err != nil {
		return nil, err
	}
	r := &miniRedis{gate: newGate(o.Place, n.Host, ownOf(n)), cache: miniredis.NewMiniRedis(), is: i}
	if err := r.begin(i.Identity()); err != nil {
		return nil, err
	}
	r.serving.Go(r.accept)
	if err := r.Adopt(ctx, i); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// begin starts the cache without a port: the module does so for its first
// connection in memory.
func (r *miniRedis) begin(identity string) error {
	c, err := r.cache.Dial()
	if err != nil {
		return fmt.Errorf("start miniredis: %w", err)
	}
	if err := errors.Join(c.Close(), r.cache.Set(managed.IdentityKey, identity)); err != nil {
		return fmt.Errorf("start miniredis: %w", err)
	}
	return nil
}

// Instance implements Server.
func (r *miniRedis) Instance() managed.Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.is
}

// Program implements Server.
func (r *miniRedis) Program() managed.Program {
	return standIn(topology.UseRedis, "miniredis", "github.com/alicebob/miniredis/v2", "for Redis, which is not installed here")
}

// Adopt implements Server.
func (r *miniRedis) Adopt(ctx context.Context, i managed.Instance) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := sameInstance(r.is, i); err != nil {
		return err
	}
	r.cache.RequireAuth(i.Password)
	if err := r.gate.set(ctx, listens(i.Nodes[0])); err != nil {
		return err
	}
	r.is = i
	return nil
}

// Close implements Server.
func (r *miniRedis) Close() error {
	err := r.gate.Close()
	r.serving.Wait()
	r.cache.Close()
	return err
}

func (r *miniRedis) accept() {
	for {
		c, err := r.gate.Accept()
		if err != nil {
			return
		}
		r.serving.Go(func() { r.serve(c) })
	}
}

// serve answers the commands of one connection until it ends.
func (r *miniRedis) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	commands, peer := bufio.NewReader(c), server.NewPeer(bufio.NewWriter(c))
	id := r.clients.Add(1)
	for !peer.Closed() {
		command, err := readCommand(commands)
		if err != nil {
			return
		}
		if len(command) == 2 && strings.EqualFold(command[0], "CLIENT") && strings.EqualFold(command[1], "INFO") {
			r.clientInfo(peer, c, id)
		} else {
			r.cache.Server().Dispatch(peer, command)
		}
		peer.Flush()
	}
}

// clientInfo says whom the server sees, to whoever it would answer a question
// about a key.
func (r *miniRedis) clientInfo(peer *server.Peer, c net.Conn, id uint64) {
	var answer bytes.Buffer
	asking := server.NewPeer(bufio.NewWriter(&answer))
	asking.Ctx = peer.Ctx
	r.cache.Server().Dispatch(asking, []string{"EXISTS", managed.IdentityKey})
	asking.Flush()
	if text := answer.String(); strings.HasPrefix(text, "-") {
		peer.WriteRaw(text)
		return
	}
	peer.WriteBulk(fmt.Sprintf("id=%d addr=%s laddr=%s name=%s user=default\n", id, c.RemoteAddr(), c.LocalAddr(), peer.ClientName))
}
