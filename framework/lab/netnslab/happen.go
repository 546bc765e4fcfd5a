package netnslab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/probe"
)

var _ lab.Platform = (*Lab)(nil)

// CanHappen implements lab.Platform.
func (l *Lab) CanHappen(h lab.Happening) error { return lab.CanHappen(lab.Netns, l.world, h) }

// Happen implements lab.Platform. A machine is lost with its link and its connections; the namespaces, and the agents that ask from
// them, stay. A machine is paused with its agents' servers.
func (l *Lab) Happen(ctx context.Context, h lab.Happening) (lab.Ongoing, error) {
	if err := l.CanHappen(h); err != nil {
		return nil, err
	}
	switch h.Kind {
	case lab.MachinePaused:
		agents := l.agentsOn(h.On)
		if len(agents) == 0 {
			return nil, fmt.Errorf("%s: the lab has no such machine", h)
		}
		for _, a := range agents {
			a.Pause()
		}
		return &paused{Happening: h, agents: agents}, nil
	case lab.MachineLost:
		return l.lose(ctx, h)
	case lab.MachineRebooted:
		o, err := l.lose(ctx, lab.Happening{Kind: lab.MachineLost, On: h.On})
		if err != nil {
			return nil, err
		}
		slept := poll.Sleep(ctx, l.options.Timing.Reboot)
		seen, looked := o.Active(ctx) // what was lost meanwhile is the proof that it was away
		_, err = o.Heal(context.WithoutCancel(ctx))
		return fabric.Passed(seen), errors.Join(slept, looked, err)
	default:
		return l.fabric.Happen(ctx, h)
	}
}

// agentsOn lists the agents of a machine and of what is on it.
func (l *Lab) agentsOn(machine string) []*probe.Local {
	var on []*probe.Local
	for _, e := range l.world.Endpoints() {
		if e.Machine == machine {
			on = append(on, l.agents[e.Name])
		}
	}
	return on
}

// spacesOn lists the namespaces of a machine and of the pods on it.
func (l *Lab) spacesOn(machine string) []*netns.Namespace {
	var on []*netns.Namespace
	for _, e := range l.world.Endpoints() {
		if ns := l.spaces[e.Name]; e.Machine == machine && ns != nil && !slices.Contains(on, ns) {
			on = append(on, ns)
		}
	}
	return on
}

// paused is a machine whose servers stand still.
type paused struct {
	lab.Happening
	agents []*probe.Local
	over   bool
}

// Active implements lab.Ongoing.
func (p *paused) Active(context.Context) (string, error) {
	if p.over {
		return "", nil
	}
	held := 0
	for _, a := range p.agents {
		held += a.Held()
	}
	if held == 0 {
		return "", nil
	}
	return fmt.Sprintf("%s: %d answers of %d agents are held", p.On, held, len(p.agents)), nil
}

// Heal implements lab.Ongoing.
func (p *paused) Heal(context.Context) (string, error) {
	for _, a := range p.agents {
		a.Resume()
	}
	p.over = true
	return fmt.Sprintf("%s: the servers of %d agents go on", p.On, len(p.agents)), nil
}

// lost is a machine that is switched off.
type lost struct {
	lab.Ongoing
	cut, forgotten int
	spaces         []*netns.Namespace
	name, over     string
}

// lose takes a machine from the network and has it forget its connections. Nobody hears of their end.
func (l *Lab) lose(ctx context.Context, h lab.Happening) (lab.Ongoing, error) {
	gone, err := l.fabric.Happen(ctx, h)
	if err != nil {
		return nil, err
	}
	o := &lost{Ongoing: gone, spaces: l.spacesOn(h.On), name: h.On}
	for _, a := range l.agentsOn(h.On) {
		o.cut += a.Disconnect()
	}
	return o, nil
}

// Active implements lab.Ongoing.
func (o *lost) Active(ctx context.Context) (string, error) {
	proof, err := o.Ongoing.Active(ctx)
	if err != nil || proof == "" {
		return "", err
	}
	return fmt.Sprintf("%s; %d connections to its servers are gone", proof, o.cut), nil
}

// Heal implements lab.Ongoing: what comes back has nothing in mind.
func (o *lost) Heal(ctx context.Context) (string, error) {
	if o.over != "" {
		return o.over, nil
	}
	for _, ns := range o.spaces {
		n, err := link.FlushConntrack(ns, link.EveryFlow)
		if err != nil {
			return "", fmt.Errorf("heal %s: %w", o.name, err)
		}
		o.forgotten += n
	}
	proof, err := o.Ongoing.Heal(ctx)
	if err != nil {
		return "", err
	}
	o.over = fmt.Sprintf("%s; %d tracked connections forgotten", proof, o.forgotten)
	return o.over, nil
}
