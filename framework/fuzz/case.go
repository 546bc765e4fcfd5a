package fuzz

import (
	"pgregory.net/rapid"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Case is a sequence of states that a lab goes through.
type Case struct{ States []State }

// State is a world and the flows that are asked in it, in this order.
type State struct {
	World topology.World
	Flows []topology.Flow
}

// How large a case is.
const (
	mostStates = 4
	flowsAsked = 64
)

// Draw draws the case of a number. The same number draws the same case.
func Draw(number uint64) Case { return cases().Example(int(number)) }

func cases() *rapid.Generator[Case] {
	return rapid.Custom(func(t *rapid.T) Case {
		d := &draft{t: t}
		d.skeleton()
		for _, section := range d.sections() {
			section()
		}
		var c Case
		lasting := d.established()
		c.States = append(c.States, State{World: d.world.Clone(), Flows: d.flows(lasting)})
		d.many(mostStates-1, func() {
			for _, section := range d.sections() {
				if d.coin() {
					section()
				}
			}
			c.States = append(c.States, State{World: d.world.Clone(), Flows: d.flows(lasting)})
		})
		return c
	})
}

// EveryFlow returns the case with, in each state, its own flows and then every other one:
// from every end to every destination, by every protocol, to ports that somebody listens
// on and to one that nobody does.
func (c Case) EveryFlow() Case {
	next := c.clone()
	for i := range next.States {
		d := draft{world: next.States[i].World}
		for _, from := range d.world.Endpoints() {
			for _, to := range d.world.Destinations() {
				flows := []topology.Flow{
					topology.Ping(from.Name, to.Name), topology.OverTCP(from.Name, to.Name, webPort), topology.OverTCP(from.Name, to.Name, podPort),
					topology.OverTCP(from.Name, to.Name, idlePort), topology.OverUDP(from.Name, to.Name, namePort), topology.OverUDP(from.Name, to.Name, idlePort),
				}
				for _, f := range flows {
					next.States[i].Flows = d.append(next.States[i].Flows, f)
				}
			}
		}
	}
	return next
}

// established draws connections that are kept from state to state.
func (d *draft) established() []topology.Flow {
	var all []topology.Flow
	d.many(2, func() {
		f := d.flow()
		if f.Protocol == topology.TCP && f.Bytes == 0 {
			f.Live = true
			all = d.append(all, f)
		}
	})
	return all
}

// flows draws what is asked in the present world.
func (d *draft) flows(lasting []topology.Flow) []topology.Flow {
	var all []topology.Flow
	for _, f := range lasting {
		all = d.append(all, f)
	}
	for range flowsAsked {
		d.group(func() bool {
			all = d.append(all, d.flow())
			return true
		})
	}
	return all
}

// append adds a flow that can be asked and is not there yet.
func (d *draft) append(all []topology.Flow, f topology.Flow) []topology.Flow {
	if d.world.ValidateFlow(f) != nil {
		return all
	}
	for _, other := range all {
		if other == f {
			return all
		}
	}
	return append(all, f)
}

// flow draws one between any two ends.
func (d *draft) flow() topology.Flow {
	from, to := pick(d, d.world.Endpoints()), pick(d, d.world.Destinations())
	if len(d.world.Names) > 0 && d.rarely(3) {
		to.Name = d.world.Names[0].Name
	}
	if d.narrow() && d.rarely(2) {
		return topology.Bulk(from.Name, to.Name, webPort, bulk)
	}
	switch d.upTo(5) {
	case 0:
		return topology.Ping(from.Name, to.Name)
	case 1:
		return topology.OverUDP(from.Name, to.Name, namePort)
	case 2:
		return topology.OverTCP(from.Name, to.Name, pick(d, []uint16{idlePort, podPort}))
	case 3:
		if d.rarely(2) {
			return topology.OverUDP(from.Name, to.Name, idlePort)
		}
		return topology.OverTCP(from.Name, to.Name, webPort)
	default:
		return topology.OverTCP(from.Name, to.Name, webPort)
	}
}

// bulk is more than any segment carries.
const bulk = 20000

// narrow reports whether something in the world does not carry every packet.
func (d *draft) narrow() bool {
	for _, v := range d.world.VPNs {
		if v.MTU > 0 {
			return true
		}
	}
	for _, c := range d.world.Clusters {
		for _, n := range c.Nodes {
			if n.DropsFragNeeded {
				return true
			}
		}
	}
	return false
}
