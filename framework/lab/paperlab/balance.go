package paperlab

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// throughBalancer gives a request of the listener to the first backend that
// answers its health check, under the load balancer's own address. Whatever else
// is for its address ends at it.
//
// Source: cce_10_0084 (health check of UDP listeners).
func (k *walker) throughBalancer(b topology.LoadBalancer, p packet) (arrival, *drop) {
	if p.reply {
		if back, ours := k.undone(b.Name, p); ours {
			return k.overVPC(b.Name, back)
		}
	}
	self, _ := k.world.Endpoint(b.Name)
	if p.dst != b.NIC.Address {
		return arrival{}, k.dropped(b.Name, verdict.NotForwarded(b.Name))
	}
	if p.src == b.NIC.Address {
		k.shares(b.Name, p.src)
	}
	if p.reply || b.Listener != (topology.Listener{Protocol: p.protocol, Port: p.port}) {
		k.step(b.Name, "", "delivered")
		return arrival{packet: p, at: self}, nil
	}
	for _, backend := range b.Backends {
		machine, known := k.world.Endpoint(backend.Machine)
		if !known || !k.healthy(b, self, machine, backend) {
			continue
		}
		before := p
		p.src, p.dst, p.port = b.NIC.Address, machine.Address, backend.Port
		k.step(b.Name, "", "forwarded to port %d of %s", backend.Port, machine.Name)
		k.redirected(b.Name, machine.Name, before, p)
		if p.dst == b.NIC.Address { // the backend's, which is in another VPC, is its own as well
			return arrival{packet: p, at: self}, nil
		}
		return k.overVPC(b.Name, p)
	}
	return arrival{}, k.dropped(b.Name, verdict.NoHealthyBackend(b.Name))
}

// healthy predicts the health check of a backend. Whoever answers there will do,
// and a service that does not like what it is told answers too.
func (k *walker) healthy(b topology.LoadBalancer, self, machine topology.Endpoint, backend topology.Backend) bool {
	check := topology.Ping(self.Name, machine.Name)
	if b.HealthCheck == topology.TCP {
		check = topology.OverTCP(self.Name, machine.Name, backend.Port)
	}
	x := exchange{world: k.world, flow: check, from: self, to: machine}
	return x.ask(&verdict.Path{}).Answered()
}
