package mutation

import (
	"context"
	"errors"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// bentLab is a lab whose answers are bent on their way to the runner. Only the
// functions that are set do anything.
type bentLab struct {
	lab.Lab
	observe func(topology.World, *verdict.Observation)
	// adopts reports whether an adoption takes place, refused filters why not.
	adopts  func() bool
	refused func(error) error
	alive   func(error) error
}

// Adopt implements lab.Lab.
func (b *bentLab) Adopt(ctx context.Context, w topology.World) error {
	if b.adopts != nil && !b.adopts() {
		return nil
	}
	err := b.Lab.Adopt(ctx, w)
	if b.refused != nil {
		err = b.refused(err)
	}
	return err
}

// Ask implements lab.Lab.
func (b *bentLab) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	o, err := b.Lab.Ask(ctx, f)
	if err == nil && b.observe != nil {
		b.observe(b.World(), &o)
	}
	return o, err
}

// Alive implements lab.Lab.
func (b *bentLab) Alive(ctx context.Context, f topology.Flow) error {
	err := b.Lab.Alive(ctx, f)
	if b.alive != nil {
		err = b.alive(err)
	}
	return err
}

// noting is an edit of observations that notes whether it made a difference.
func noting(e *effect, edit func(topology.World, *verdict.Observation)) func(topology.World, *verdict.Observation) {
	return func(w topology.World, o *verdict.Observation) {
		v, rules, received := o.Verdict, len(o.Evidence.Rules), o.Evidence.Received
		edit(w, o)
		if o.Verdict != v || len(o.Evidence.Rules) != rules || o.Evidence.Received != received {
			e.note()
		}
	}
}

// refusing is a validation that finds other problems than there are.
func refusing(e *effect, refuse func([]topology.Problem) []topology.Problem) func(error) error {
	return func(err error) error {
		found := topology.Problems(err)
		if len(found) == 0 {
			return err
		}
		told := refuse(found)
		if len(told) != len(found) {
			e.note()
		}
		errs := make([]error, len(told))
		for i, p := range told {
			errs[i] = p
		}
		return errors.Join(errs...)
	}
}
