package mutation

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Netns is a netns lab that can break its own instrument.
type Netns struct{ netnslab.Mutable }

var _ teeth.Breaker = Netns{}

// OpenNetns opens a netns lab that is genuine until it is told otherwise.
func OpenNetns(ctx context.Context, t config.Timing) (Netns, error) {
	l, err := netnslab.OpenMutable(ctx, netnslab.Options{Run: "mutation", Timing: t})
	return Netns{l}, err
}

// Break implements teeth.Breaker.
func (n Netns) Break(_ context.Context, fault teeth.Fault, f topology.Flow) error {
	switch fault {
	case teeth.AgentDead:
		return n.KillAgent(f.From)
	case teeth.ServerDead:
		return n.KillServer(f)
	case teeth.CountersUnread:
		n.Mutate(&fabric.Mutant{Counter: func(string, string, uint64) uint64 { return 0 }})
	case teeth.AgentSaysYes:
		w := n.World()
		n.Mutate(&fabric.Mutant{Answer: sayYes(&w)})
	case teeth.AgentSaysNo:
		n.Mutate(&fabric.Mutant{Answer: sayNo})
	default:
		return fmt.Errorf("break %s: there is no such fault", fault)
	}
	return nil
}

// Mend implements teeth.Breaker.
func (n Netns) Mend(ctx context.Context) error {
	n.Mutate(nil)
	n.Revive(ctx)
	return nil
}

// sayYes claims an answer of the server that was asked for, which saw the client.
func sayYes(w *topology.World) func(topology.Flow, *probe.Answer) {
	return func(f topology.Flow, a *probe.Answer) {
		from, _ := w.Endpoint(f.From)
		server := f.To
		if t, ok := w.Translator(f.To); ok {
			server = t.Target
		}
		if h, ok := w.Host(server); ok {
			if c, published := h.Published(f.Protocol, f.Port); published {
				server = c.Name
			}
		}
		if h, ok := w.ServerOf(f); ok && f.Use != "" {
			server = h.InstanceName()
		}
		a.Outcome, a.Server, a.Err, a.Errno, a.Code = probe.Answered, server, "", "", ""
		a.Saw = addrPort(from.Address)
		a.Sent, a.Received = max(a.Sent, 1), max(a.Sent, 1)
	}
}

// sayNo hides whatever was answered.
func sayNo(_ topology.Flow, a *probe.Answer) {
	a.Outcome, a.Server, a.Connected, a.Received, a.Rejection, a.Code = probe.Timeout, "", 0, 0, nil, ""
}

// addrPort is a client's address with some port.
func addrPort(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, somePort) }

// somePort is one that clients have.
const somePort = 40000
