package teeth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Moment is a phase of a run: the first of its name is number 1. A scenario has as
// many decoy and stage phases as decoys and stages.
type Moment struct {
	Phase  record.Phase
	Number int
}

// At is the only, or first, phase of a name.
func At(p record.Phase) Moment { return Moment{Phase: p, Number: 1} }

// String prints the moment; a number that is 1 goes without saying.
func (m Moment) String() string {
	if m.Number == 1 {
		return string(m.Phase)
	}
	return fmt.Sprintf("%s %d", m.Phase, m.Number)
}

// clock says which moment it is.
type clock struct {
	now    Moment
	counts map[record.Phase]int
}

func (c *clock) enter(p record.Phase) {
	if c.counts == nil {
		c.counts = map[record.Phase]int{}
	}
	c.counts[p]++
	c.now = Moment{Phase: p, Number: c.counts[p]}
}

// reached reports whether a moment has come: it is, or was before.
func (c *clock) reached(m Moment) bool { return c.counts[m.Phase] >= m.Number }

// bent is a lab whose answers are bent on their way to the runner. Only the
// functions that are set do anything.
type bent struct {
	lab.Lab
	adopt func(topology.World) (adoption, error)
	// ask gets each answer with its number among those of its flow since the
	// newest adoption, from 1.
	ask   func(number int, o *verdict.Observation)
	alive func() error
	close error
	// before is called before each question, of a flow or of a server's life.
	before func()

	asked map[topology.Flow]int
}

// forgetful is a wire lab whose servers lose the last record that they acknowledge.
type forgetful struct{ lab.Lab }

// Name implements lab.Lab.
func (forgetful) Name() lab.Name { return lab.Netns }

// Produce implements lab.Producer.
func (forgetful) Produce(context.Context, topology.Flow, time.Duration) (func(context.Context) (managed.Tally, error), error) {
	return func(context.Context) (managed.Tally, error) {
		return managed.Tally{Attempted: 3, Acknowledged: 2, Found: 1, Missing: 1}, nil
	}, nil
}

// misled is an oracle whose predictions are bent.
type misled struct {
	lab.Oracle
	bend func(*verdict.Observation)
}

// Predict implements lab.Oracle.
func (m misled) Predict(w topology.World, f topology.Flow) verdict.Observation {
	o := m.Oracle.Predict(w, f)
	m.bend(&o)
	return o
}

// adoption says whether an adoption takes place.
type adoption string

const (
	genuine   adoption = "genuine"
	pretended adoption = "pretended"
)

// Adopt implements lab.Lab.
func (b *bent) Adopt(ctx context.Context, w topology.World) error {
	b.asked = map[topology.Flow]int{}
	if b.adopt != nil {
		if kind, err := b.adopt(w); err != nil || kind == pretended {
			return err
		}
	}
	return b.Lab.Adopt(ctx, w)
}

// Ask implements lab.Lab.
func (b *bent) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	b.begin()
	o, err := b.Lab.Ask(ctx, f)
	if b.asked[f]++; err == nil && b.ask != nil {
		b.ask(b.asked[f], &o)
	}
	return o, err
}

// Alive implements lab.Lab.
func (b *bent) Alive(ctx context.Context, f topology.Flow) error {
	b.begin()
	if b.alive != nil {
		if err := b.alive(); err != nil {
			return err
		}
	}
	return b.Lab.Alive(ctx, f)
}

func (b *bent) begin() {
	if b.before != nil {
		b.before()
	}
}

// Close implements lab.Lab.
func (b *bent) Close(ctx context.Context) error { return errors.Join(b.close, b.Lab.Close(ctx)) }
