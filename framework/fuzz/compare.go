package fuzz

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Opener opens a lab that has adopted nothing.
type Opener func(ctx context.Context) (lab.Lab, error)

// Difference is a flow about which two labs disagree.
type Difference struct {
	// State is the place of the world in its case.
	State int
	Flow  topology.Flow
	// Paper is what the oracle predicts, with its path; Wire is what the other lab
	// saw, with its evidence.
	Paper, Wire verdict.Observation
}

// String prints the difference in one line.
func (d Difference) String() string {
	return fmt.Sprintf("state %d, %s: paper says %s; wire says %s", d.State+1, d.Flow, d.Paper.Verdict, d.Wire.Verdict)
}

// kind is what is kept while a case is shrunk: what sort of verdict each lab gave, and
// by what sort of rule, whatever it is called.
func (d Difference) kind() string {
	one := func(v verdict.Verdict) string {
		parts := strings.Split(v.Rule, "/")
		return string(v.Kind) + " " + parts[0] + " " + parts[len(parts)-1]
	}
	paper, wire := one(d.Paper.Verdict), one(d.Wire.Verdict)
	for _, named := range []string{"rule-", "any-", "net-", "fw-", "policy-"} {
		paper, wire = cut(paper, named), cut(wire, named)
	}
	return paper + ", " + wire
}

// cut leaves out what follows the first word of a kind.
func cut(text, from string) string {
	if i := strings.Index(text, " "+from); i >= 0 {
		return text[:i]
	}
	return text
}

// agree reports whether two verdicts are the same: kind, hop, rule, whom the server
// saw, and its address.
func agree(paper, wire verdict.Verdict) bool {
	if !paper.SatisfiedBy(wire) {
		return false
	}
	return !paper.SeenAddress.IsValid() || paper.SeenAddress == wire.SeenAddress
}

// tally counts what was compared.
type tally struct{ worlds, flows int }

// compare takes both labs through a case and returns what they disagree about. A flow
// that the oracle declines to judge is not asked. The labs are left as they are.
func compare(ctx context.Context, paper, wire lab.Lab, c Case) ([]Difference, tally, error) {
	var found []Difference
	var t tally
	for i, s := range c.States {
		for _, l := range []lab.Lab{paper, wire} {
			if err := l.Adopt(ctx, s.World); err != nil {
				return found, t, fmt.Errorf("state %d: %s lab: %w", i+1, l.Name(), err)
			}
		}
		forgetAsWell(paper, wire)
		t.worlds++
		for _, f := range s.Flows {
			d, asked, err := ask(ctx, paper, wire, f)
			if err != nil {
				return found, t, fmt.Errorf("state %d: %w", i+1, err)
			}
			if !asked {
				continue
			}
			t.flows++
			if !agree(d.Paper.Verdict, d.Wire.Verdict) {
				d.State = i
				found = append(found, d)
			}
		}
	}
	return found, t, nil
}

// forgetAsWell has the oracle forget the connections that the other lab could not keep,
// since it made the world anew: both make them again.
func forgetAsWell(paper, wire lab.Lab) {
	r, may := wire.(lab.Rebuilder)
	f, can := paper.(lab.Forgetter)
	if may && can && r.Rebuilt() {
		f.Forget()
	}
}

// chances is how often a flow is asked over a connection that stood before labs are
// taken to disagree about it: one that was cut is silent once, and the oracle speaks of
// what is true from then on.
const chances = 3

// ask asks both labs one flow; a flow that the oracle declines to judge is not asked.
func ask(ctx context.Context, paper, wire lab.Lab, f topology.Flow) (d Difference, asked bool, err error) {
	d.Flow = f
	for chance := 1; ; chance++ {
		if d.Paper, err = paper.Ask(ctx, f); err != nil {
			return d, false, fmt.Errorf("%s lab: %w", paper.Name(), err)
		}
		if d.Paper.Verdict.Kind == verdict.KindInconclusive {
			return d, false, nil
		}
		if d.Wire, err = wire.Ask(ctx, f); err != nil {
			return d, false, fmt.Errorf("%s lab: %w", wire.Name(), err)
		}
		if !f.Live || chance == chances || agree(d.Paper.Verdict, d.Wire.Verdict) {
			return d, true, nil
		}
	}
}

// Compare takes labs that are opened for the case, and closed after it, through a case.
func Compare(ctx context.Context, paper, wire Opener, c Case) (found []Difference, err error) {
	p, err := paper(ctx)
	if err != nil {
		return nil, err
	}
	w, err := wire(ctx)
	if err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	defer func() { err = errors.Join(err, p.Close(ctx), w.Close(ctx)) }()
	found, _, err = compare(ctx, p, w, c)
	return found, err
}
