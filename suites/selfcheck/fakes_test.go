package selfcheck_test

import (
	"context"
	"errors"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// fake is a lab whose answers are bent on their way to the runner. Only the
// functions that are set do anything.
type fake struct {
	lab.Lab
	adopt func(topology.World) (adoption, error)
	ask   func(topology.World, verdict.Observation) verdict.Observation
	alive error
	close error
}

// adoption says whether an adoption takes place.
type adoption string

const (
	genuine   adoption = "genuine"
	pretended adoption = "pretended"
)

func (f fake) Adopt(ctx context.Context, w topology.World) error {
	if f.adopt != nil {
		if kind, err := f.adopt(w); err != nil || kind == pretended {
			return err
		}
	}
	return f.Lab.Adopt(ctx, w)
}

func (f fake) Ask(ctx context.Context, flow topology.Flow) (verdict.Observation, error) {
	o, err := f.Lab.Ask(ctx, flow)
	if err == nil && f.ask != nil {
		o = f.ask(f.World(), o)
	}
	return o, err
}

func (f fake) Alive(ctx context.Context, flow topology.Flow) error {
	return errors.Join(f.alive, f.Lab.Alive(ctx, flow))
}

func (f fake) Close(ctx context.Context) error { return errors.Join(f.close, f.Lab.Close(ctx)) }
