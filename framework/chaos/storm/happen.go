package storm

import (
	"context"
	"errors"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab"
)

// ongoing is what goes on since a moment.
type ongoing struct {
	lab.Ongoing
	since int
}

// prove notes how the platform shows what is about to be healed.
func (e *episode) prove(ctx context.Context, ends []lab.Happening) error {
	for _, h := range ends {
		o := e.ongoing[h]
		if o == nil {
			return fmt.Errorf("heal %s: it does not go on", h)
		}
		m := &e.timeline.Moments[o.since]
		var err error
		if m.Proofs, err = proven(ctx, o, m.Proofs); err != nil {
			return fmt.Errorf("prove %s: %w", h, err)
		}
	}
	return nil
}

// proven adds how the platform shows that something goes on, or went by, if it does.
func proven(ctx context.Context, o lab.Ongoing, proofs []string) ([]string, error) {
	proof, err := o.Active(ctx)
	if err != nil || proof == "" {
		return proofs, err
	}
	return append(proofs, proof), nil
}

func (e *episode) heal(ctx context.Context, h lab.Happening) (string, error) {
	o := e.ongoing[h]
	proof, err := o.Heal(ctx)
	if err != nil {
		return "", fmt.Errorf("heal %s: %w", h, err)
	}
	if proof == "" {
		return "", fmt.Errorf("heal %s: nothing shows that it is over", h)
	}
	delete(e.ongoing, h)
	return proof, nil
}

// healAll heals what still goes on: a schedule ends healthy, but a run may end in its midst.
func (e *episode) healAll(ctx context.Context) error {
	var errs []error
	for h := range e.ongoing {
		_, err := e.heal(ctx, h)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
