package paperlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// kindContainer is a server in a container of a host's engine; flows are
// directed to the host's port.
const kindContainer topology.EndpointKind = "engine container"

// fromHost takes what a host itself sends. What is for an address of its own never
// leaves it and meets no firewall; a bridge of its engine that holds the destination
// swallows it.
//
// Source: cce_10_0399, troubleshooting (conflict with the container engine).
func (k *walker) fromHost(e topology.Endpoint, p packet) (arrival, *drop) {
	if h, _ := k.world.Host(e.Machine); p.dst == e.Address || k.onABridge(h, p.dst) {
		k.step(e.Machine, "", "delivered to itself")
		self, _ := k.onMachine(e.Machine, e.Address)
		return arrival{packet: p, at: self}, nil
	}
	return k.offHost(e.Machine, p)
}

// onABridge reports whether an address is that of one of the host's own bridges.
func (k *walker) onABridge(h topology.Host, a netip.Addr) bool {
	return slices.ContainsFunc(k.world.EngineNetworks(h), func(n topology.EngineNetwork) bool {
		return bridgeAddress(h, n) == a
	})
}

// bridgeAddress is the one that a host has on a network of its engine.
func bridgeAddress(h topology.Host, n topology.EngineNetwork) netip.Addr {
	if n.Name == topology.DefaultBridge && h.Engine != nil {
		if own := h.Engine.BridgeIP; own.IsValid() && own != own.Masked() {
			return own.Addr()
		}
	}
	return n.CIDR.Addr().Next()
}

// offHost sends a packet by the host's route to its destination. What goes to a bridge
// ends there, unless it is for a container on it, which sees the bridge's address.
func (k *walker) offHost(machine string, p packet) (arrival, *drop) {
	h, _ := k.world.Host(machine)
	if n, held := k.world.OnBridge(h, p.dst); held {
		if n.Name == topology.DefaultBridge && h.Engine != nil {
			for _, c := range h.Engine.Containers {
				if c.Address == p.dst {
					p.src = bridgeAddress(h, n)
					return k.deliverToContainer(h, c, p), nil
				}
			}
		}
		return arrival{}, k.dropped(machine, verdict.EngineNetwork(machine, n.Name))
	}
	return k.overVPC(machine, p)
}

// intoHost takes what a host's NIC was given. What claims to be from a bridge's own
// address is from nobody, whatever the filter for reverse paths.
func (k *walker) intoHost(machine string, p packet) (arrival, *drop) {
	h, _ := k.world.Host(machine)
	if k.onABridge(h, p.src) {
		return arrival{}, k.dropped(machine, verdict.ReversePath(machine))
	}
	if h.StrictReversePath {
		if _, held := k.world.OnBridge(h, p.src); held {
			return arrival{}, k.dropped(machine, verdict.ReversePath(machine))
		}
	}
	if p.dst != h.NIC.Address {
		return arrival{}, k.dropped(machine, verdict.NotForwarded(machine))
	}
	if p.src == h.NIC.Address || k.onABridge(h, p.src) {
		k.shares(machine, p.src)
	}
	return k.deliverToHost(machine, p)
}

// deliverToHost hands a packet to the host itself or to the container that is
// published on the port.
func (k *walker) deliverToHost(machine string, p packet) (arrival, *drop) {
	h, _ := k.world.Host(machine)
	if p.reply {
		p, _ = k.undone(machine, p)
	} else if c, published := h.Published(p.protocol, p.port); published {
		return k.intoContainer(h, c, p)
	}
	if d := k.firewall(machine, h.Firewall, topology.InputChain, p); d != nil {
		return arrival{}, d
	}
	e, _ := k.onMachine(machine, h.NIC.Address)
	k.step(machine, "", "delivered")
	return arrival{packet: p, at: e}, nil
}

// intoContainer forwards a packet to a container on the host's first bridge.
func (k *walker) intoContainer(h topology.Host, c topology.EngineContainer, p packet) (arrival, *drop) {
	before := p
	p.dst, p.port = c.Address, c.Port
	k.step(h.Name, "", "redirected to %s (%s)", c.Name, c.Address)
	if d := k.firewall(h.Name, h.Firewall, topology.ForwardChain, p); d != nil {
		return arrival{}, d
	}
	if n, held := k.world.OnBridge(h, p.dst); !held || n.Name != topology.DefaultBridge {
		k.redirected(h.Name, h.Name, before, p)
		return k.overVPC(h.Name, p) // a route of the host's beats the bridge's
	}
	k.translated(h.Name, before, p)
	return k.deliverToContainer(h, c, p), nil
}

func (k *walker) deliverToContainer(h topology.Host, c topology.EngineContainer, p packet) arrival {
	k.step(c.Name, "", "delivered on %s", h.Name)
	return arrival{packet: p, at: topology.Endpoint{
		Name: c.Name, Kind: kindContainer, Address: c.Address, Machine: h.Name, Attached: h.NIC,
		Listeners: []topology.Listener{{Protocol: c.Published.Protocol, Port: c.Port}},
	}}
}

// fromContainer takes what a container answers. For the container every address
// of the bridge's block is its neighbour, whatever routes the host has.
func (k *walker) fromContainer(e topology.Endpoint, p packet) (arrival, *drop) {
	h, _ := k.world.Host(e.Machine)
	for _, n := range k.world.EngineNetworks(h) {
		if n.Name == topology.DefaultBridge && p.dst == bridgeAddress(h, n) {
			self, _ := k.onMachine(h.Name, h.NIC.Address)
			return arrival{packet: p, at: self}, nil
		}
		if n.Name == topology.DefaultBridge && n.CIDR.Contains(p.dst) {
			return arrival{}, k.dropped(h.Name, verdict.EngineNetwork(h.Name, n.Name))
		}
	}
	p, _ = k.undone(h.Name, p)
	return k.offHost(h.Name, p)
}
