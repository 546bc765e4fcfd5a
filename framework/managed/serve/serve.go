package serve

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Place is where the hosts of instances are: it calls f on a thread in the network
// namespace of a host and returns f's error. Only creating a socket or starting a
// program happens in f.
type Place func(host string, f func() error) error

// Here is the namespace of the process itself, whatever the host.
func Here(_ string, f func() error) error { return f() }

// Options say where servers are and what they need.
type Options struct {
	Place Place
	// Authority signs the certificate of an instance used over HTTPS; the others
	// need none.
	Authority *authority.Authority
	// Patience is how long a server waits for what a client has begun to say.
	Patience time.Duration
	// Start starts the servers of a Fleet; nil means the function of that name. It
	// must be safe for concurrent use.
	Start func(ctx context.Context, i managed.Instance) (Server, error)
}

// Server serves one instance. It is safe for concurrent use.
type Server interface {
	// Instance is what is served, as last adopted.
	Instance() managed.Instance
	// Program says what serves it.
	Program() managed.Program
	// Adopt takes over another password, and where the nodes listen: a node whose
	// Listen is invalid hears nobody, and whom it talked to is cut off. Nothing
	// that clients wrote is lost. The instance, its epoch and its hosts cannot change.
	Adopt(ctx context.Context, i managed.Instance) error
	// Close ends the server with its connections; its data is gone.
	Close() error
}

// Start serves an instance and returns once it can be used. The caller closes the
// server.
func Start(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	var s Server
	var err error
	switch i.Use {
	case topology.UseRedis:
		s, err = startRedis(ctx, i, o)
	case topology.UseMySQL:
		s, err = startMySQL(ctx, i, o)
	case topology.UseKafka:
		s, err = startKafka(ctx, i, o)
	case topology.UseAMQP:
		s, err = startAMQP(ctx, i, o)
	case topology.UseHTTPS:
		s, err = startHTTPS(ctx, i, o)
	default:
		err = fmt.Errorf("nothing here serves %q", i.Use)
	}
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w", i.Name, err)
	}
	return s, nil
}

// sameInstance says why a server of one instance cannot adopt another.
func sameInstance(was, is managed.Instance) error {
	hosts := func(i managed.Instance) []string {
		var all []string
		for _, n := range i.Nodes {
			all = append(all, n.Host)
		}
		return all
	}
	if was.Identity() != is.Identity() || was.Use != is.Use || !slices.Equal(hosts(was), hosts(is)) {
		return fmt.Errorf("adopt %s of %v: this serves %s of %v", is.Identity(), hosts(is), was.Identity(), hosts(was))
	}
	return nil
}

// single is the one node of an instance that is no cluster.
func single(i managed.Instance) (managed.Node, error) {
	if len(i.Nodes) != 1 {
		return managed.Node{}, fmt.Errorf("%s has %d nodes and must have one", i.Name, len(i.Nodes))
	}
	return i.Nodes[0], nil
}

// ownOf is the address by which a node knows itself.
func ownOf(n managed.Node) netip.AddrPort {
	if n.Own.IsValid() {
		return n.Own
	}
	return n.Listen
}

// listens lists where a node hears clients.
func listens(n managed.Node) []netip.AddrPort {
	if !n.Listen.IsValid() {
		return nil
	}
	all := []netip.AddrPort{n.Listen}
	if n.Endpoint.IsValid() {
		all = append(all, netip.AddrPortFrom(n.Listen.Addr(), n.Endpoint.Port()))
	}
	return all
}
