package kindlab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// agents are the connections to the agents of the world's hosts, nodes and
// pods, by name. All speak over unix sockets in a folder that the host shares
// with the nodes, and the nodes with their pods: a question costs milliseconds
// and crosses no network at all. It is safe for concurrent use.
type agents struct {
	pause time.Duration // between two attempts to reach an agent
	mu    sync.Mutex
	all   map[string]*agent
}

// agent is a connected agent with what it was last told to serve.
type agent struct {
	*probe.Client
	socket  string
	serving []probe.Listener
}

func newAgents(pause time.Duration) *agents {
	return &agents{pause: pause, all: map[string]*agent{}}
}

// get returns a connected agent.
func (a *agents) get(name string) (*agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one := a.all[name]; one != nil {
		return one, nil
	}
	return nil, fmt.Errorf("%s has no agent", name)
}

// connect connects to the agent behind a socket, waiting until it is there, and
// makes sure that it is the named one's. It keeps a connection that stands.
func (a *agents) connect(ctx context.Context, name, socket string) error {
	if one, err := a.get(name); err == nil && one.socket == socket {
		if _, err := one.Health(ctx); err == nil {
			return nil
		}
	}
	err := poll.Until(ctx, a.pause/5, func(ctx context.Context) (bool, string, error) {
		client, err := probe.DialControl(ctx, socket)
		if err != nil {
			return false, err.Error(), nil
		}
		health, err := client.Health(ctx)
		if err != nil {
			return false, errors.Join(err, client.Close()).Error(), nil
		}
		if health.Identity != name {
			return false, "", errors.Join(fmt.Errorf("the agent at %s is %s's", socket, health.Identity), client.Close())
		}
		return true, "", a.put(name, &agent{Client: client, socket: socket})
	})
	if err != nil {
		return fmt.Errorf("reach agent of %s: %w", name, err)
	}
	return nil
}

// refresh connects again to those of the named agents that were restarted; what
// they serve has to be said to them again. Others may be leaving meanwhile: an
// agent that is reached once more while it ends would be awaited for ever.
func (a *agents) refresh(ctx context.Context, names ...string) error {
	return forEach(ctx, names, func(ctx context.Context, name string) error {
		a.mu.Lock()
		one := a.all[name]
		a.mu.Unlock()
		if one == nil {
			return nil // a pod that found no address does not run
		}
		return a.connect(ctx, name, one.socket)
	})
}

func (a *agents) put(name string, one *agent) error {
	a.mu.Lock()
	former := a.all[name]
	a.all[name] = one
	a.mu.Unlock()
	if former != nil {
		return former.Close()
	}
	return nil
}

// forget closes the connections to the named agents.
func (a *agents) forget(names ...string) error {
	var errs []error
	for _, name := range names {
		a.mu.Lock()
		one := a.all[name]
		delete(a.all, name)
		a.mu.Unlock()
		if one != nil {
			errs = append(errs, one.Close())
		}
	}
	return errors.Join(errs...)
}

// close closes all connections.
func (a *agents) close() error {
	a.mu.Lock()
	names := slices.Collect(maps.Keys(a.all))
	a.mu.Unlock()
	return a.forget(names...)
}

// listen makes every endpoint of the world serve exactly its listeners.
func (a *agents) listen(ctx context.Context, w topology.World) error {
	return forEach(ctx, w.Endpoints(), func(ctx context.Context, e topology.Endpoint) error {
		if !e.Address.IsValid() {
			return nil // a pod that found no address does not run
		}
		one, err := a.get(e.Name)
		if err != nil {
			return err
		}
		return one.serve(ctx, a.pause, e.Name, listenersOf(e))
	})
}

// serve makes the agent serve the listeners. A port that is taken is tried
// again: on a node's network, the former holder may still be ending.
func (a *agent) serve(ctx context.Context, pause time.Duration, name string, wanted []probe.Listener) error {
	if a.serving != nil && slices.Equal(a.serving, wanted) {
		return nil
	}
	err := poll.Until(ctx, pause, func(ctx context.Context) (bool, string, error) {
		err := a.Listen(ctx, wanted)
		if err != nil && errors.Is(err, probe.ErrClosed) {
			return false, "", err
		}
		if err != nil {
			return false, err.Error(), nil
		}
		return true, "", nil
	})
	if err != nil {
		return fmt.Errorf("make %s listen: %w", name, err)
	}
	a.serving = wanted
	return nil
}

// listenersOf returns what an endpoint's agent must serve.
func listenersOf(e topology.Endpoint) []probe.Listener {
	all := make([]probe.Listener, 0, len(e.Listeners))
	for _, l := range e.Listeners {
		all = append(all, probe.Listener{Protocol: protocolOf(l.Protocol), Port: l.Port})
	}
	return all
}

func protocolOf(p topology.Protocol) probe.Protocol {
	switch p {
	case topology.TCP:
		return probe.TCP
	case topology.UDP:
		return probe.UDP
	default:
		return probe.ICMP
	}
}
