package netnslab

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// CanHappen implements lab.Platform.
func (*Lab) CanHappen(h lab.Happening) error {
	return lab.CanHappen(lab.Netns, h)
}

// Happen implements lab.Platform.
func (l *Lab) Happen(_ context.Context, h lab.Happening) (lab.Ongoing, error) {
	if err := l.CanHappen(h); err != nil {
		return nil, err
	}
	name := h.On
	if h.Kind == lab.RouterRestarted {
		name = "router-" + h.On
	}
	ns, known := l.spaces[name]
	if !known {
		return nil, fmt.Errorf("%s: the lab has no such machine or router", h)
	}
	n, err := link.FlushConntrack(ns, link.EveryFlow)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h, err)
	}
	return passed(n), nil
}

// passed is what is over and forgot so many connections.
type passed int

// Active implements lab.Ongoing.
func (n passed) Active(context.Context) (string, error) {
	if n == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d connections forgotten", n), nil
}

// Heal implements lab.Ongoing.
func (n passed) Heal(ctx context.Context) (string, error) { return n.Active(ctx) }
