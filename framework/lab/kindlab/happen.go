package kindlab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/lab"
)

var _ lab.Platform = (*Lab)(nil)

// CanHappen implements lab.Platform.
func (l *Lab) CanHappen(h lab.Happening) error { return lab.CanHappen(lab.Kind, l.world, h) }

// Happen implements lab.Platform. While it lasts only worlds of what is still there can be adopted: whoever loses a machine heals it
// first.
func (l *Lab) Happen(ctx context.Context, h lab.Happening) (lab.Ongoing, error) {
	if err := l.CanHappen(h); err != nil {
		return nil, err
	}
	f, err := l.faultOf(h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h, err)
	}
	if f == nil {
		return l.fabric.Happen(ctx, h)
	}
	o := &happening{Happening: h, lab: l, fault: f}
	l.happenings = append(l.happenings, o) // so that it is healed even if it happens by half
	limited, cancel := l.within(ctx)
	defer cancel()
	if err := f.begin(limited); err != nil {
		_, healed := o.Heal(context.WithoutCancel(ctx))
		return nil, errors.Join(fmt.Errorf("%s: %w", h, err), healed)
	}
	if h.Kind.Momentary() {
		if _, err := o.Heal(ctx); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// fault is how something happens on this lab. Each step may be taken again.
type fault interface {
	// begin makes it happen and waits until the platform shows it.
	begin(ctx context.Context) error
	// active returns how the platform shows it.
	active(ctx context.Context) (string, error)
	// heal takes it back, also when it was begun by half, and waits until the platform shows that.
	heal(ctx context.Context) (string, error)
}

// faultOf returns what makes something happen; nil for what routers and nodes forget, which is the fabric's.
func (l *Lab) faultOf(h lab.Happening) (fault, error) {
	switch h.Kind {
	case lab.MachineLost, lab.MachineRebooted, lab.MachinePaused:
		m, err := l.machineOf(h.On)
		if err != nil {
			return nil, err
		}
		if h.Kind == lab.MachinePaused {
			return &pause{lab: l, machine: m}, nil
		}
		return &loss{lab: l, machine: m}, nil
	case lab.KubeletStopped, lab.ProxyStopped:
		n := l.nodeOf(l.kubeName(h.On))
		if n == nil {
			return nil, errors.New("the lab has no such node")
		}
		if h.Kind == lab.KubeletStopped {
			return &kubeletStop{lab: l, node: n}, nil
		}
		return &standstill{lab: l, node: n, program: proxyProgram, well: l.proxyWorks}, nil
	case lab.APIUnreachable, lab.DNSGone:
		if h.On != l.cluster.Name {
			return nil, errors.New("the lab has no such cluster")
		}
		if h.Kind == lab.APIUnreachable {
			return &standstill{lab: l, node: l.nodes[0], program: apiServerProgram, ill: l.apiSilent, well: l.apiAnswers}, nil
		}
		return &dnsLoss{lab: l}, nil
	case lab.PacketsLost, lab.BandwidthLimited, lab.PacketsReordered, lab.MTULowered, lab.OverlayDropped:
		return &spoilt{lab: l, happening: h}, nil
	default:
		return nil, nil
	}
}

// spoilt is what happens to a machine's link, at its router's end.
type spoilt struct {
	lab       *Lab
	happening lab.Happening
	lab.Ongoing
}

func (s *spoilt) begin(ctx context.Context) (err error) {
	s.Ongoing, err = s.lab.fabric.Happen(ctx, s.happening)
	return err
}

func (s *spoilt) active(ctx context.Context) (string, error) {
	if s.Ongoing == nil { // it is looked at before it is healed, also when it could not begin
		return "", nil
	}
	return s.Active(ctx)
}

func (s *spoilt) heal(ctx context.Context) (string, error) {
	if s.Ongoing == nil {
		return "it has not begun", nil
	}
	return s.Heal(ctx)
}

// happening is something that goes on, or went by, on this lab.
type happening struct {
	lab.Happening
	lab   *Lab
	fault fault

	mu         sync.Mutex
	seen, over string
}

// Active implements lab.Ongoing. Of what is healed it says what was last seen of it.
func (o *happening) Active(ctx context.Context) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.look(ctx)
}

func (o *happening) look(ctx context.Context) (string, error) {
	if o.over != "" {
		return o.seen, nil
	}
	ctx, cancel := o.lab.within(ctx)
	defer cancel()
	seen, err := o.fault.active(ctx)
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", o, err)
	}
	o.seen = seen
	return seen, nil
}

// Heal implements lab.Ongoing.
func (o *happening) Heal(ctx context.Context) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over != "" {
		return o.over, nil
	}
	if _, err := o.look(ctx); err != nil {
		o.lab.tell("%v", err) // it is healed all the same
	}
	ctx, cancel := o.lab.within(ctx)
	defer cancel()
	proof, err := o.fault.heal(ctx)
	if err != nil {
		return "", fmt.Errorf("heal %s: %w", o, err)
	}
	o.over = proof
	return proof, nil
}

// within bounds what happens, or is healed, by the time that an adoption may take.
func (l *Lab) within(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := l.options.Timing.Adopt
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("the time for it, %s, ended", limit))
}

// healAll heals what has happened. What could not be healed is still to be.
func (l *Lab) healAll(ctx context.Context) error {
	var errs []error
	l.happenings = slices.DeleteFunc(l.happenings, func(o *happening) bool {
		_, err := o.Heal(ctx)
		errs = append(errs, err)
		return err == nil
	})
	return errors.Join(errs...)
}

// Recover heals everything that has happened, forgets what the lab remembers of its cluster, and proves that nodes, the cluster's own
// pods and all agents are well: after a failure, before the lab is used again. The next Adopt looks at everything anew.
func (l *Lab) Recover(ctx context.Context) error {
	if err := l.healAll(ctx); err != nil {
		return fmt.Errorf("recover kind lab %s: %w", l.name, err)
	}
	l.Forget()
	l.forget()
	ctx, cancel := l.within(ctx)
	defer cancel()
	err := concurrently(ctx, l.startNodeAgents, l.awaitNodes, l.awaitSystem)
	if err != nil {
		return fmt.Errorf("recover kind lab %s: %w", l.name, err)
	}
	return nil
}
