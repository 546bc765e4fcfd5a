package explain

import (
	"context"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Result says how a flow comes out.
type Result string

const (
	// Reached: the server answers.
	Reached Result = "reached"
	// Blocked: something is in the way, or the server says no.
	Blocked Result = "blocked"
	// SeenOtherwise: the server answers, and sees somebody else than was wanted.
	SeenOtherwise Result = "reached, seen as somebody else"
)

// Explanation is all that paper knows of a flow.
type Explanation struct {
	World  string        `json:"world"`
	Flow   topology.Flow `json:"flow"`
	Result Result        `json:"result"`
	// Wanted is whom the server has to see; empty where that does not matter.
	Wanted string `json:"wanted,omitempty"`
	// Verdict is the flow's as the world is, and Way its way until it ends.
	Verdict verdict.Verdict `json:"verdict"`
	Way     Way             `json:"way"`
	// Blockers are all that is in the way, in the order in which the packet meets them.
	Blockers []Blocker `json:"blockers"`
	// Open says why no more can be told, where behind the last blocker something else
	// may be; empty when the flow is reached with all blockers gone.
	Open string `json:"open,omitempty"`
	// Mended is the verdict with all blockers gone, and MendedWay the way then. Both are
	// left out where nothing was in the way.
	Mended    *verdict.Verdict `json:"mended,omitempty"`
	MendedWay *Way             `json:"mendedWay,omitempty"`

	world        topology.World
	seen, mended verdict.Observation
}

// Blocker is one thing in a flow's way.
type Blocker struct {
	// Verdict is what the flow ends with here, when nothing before is in the way.
	Verdict verdict.Verdict `json:"verdict"`
	// Layer is the part of the world that it lies in; empty when none can be named.
	Layer diagnose.Layer `json:"layer,omitempty"`
	Hop   string         `json:"hop,omitempty"`
	Rule  string         `json:"rule,omitempty"`
	// What says in words what the rule is.
	What string `json:"what"`
	// Remedy is what to do, in the page's terms.
	Remedy string `json:"remedy,omitempty"`
	// Assumed is what was changed on paper to see what is behind; empty where nothing
	// on paper takes it away.
	Assumed string `json:"assumed,omitempty"`
}

// most is how many blockers are looked for. No flow has so many hops.
const most = 24

// Flow explains a flow of a valid world. It fails when paper cannot tell how the flow
// comes out.
func Flow(ctx context.Context, oracle lab.Oracle, w topology.World, f topology.Flow) (Explanation, error) {
	s := search{oracle: oracle, flow: f, asIs: w, world: w.Clone()}
	s.seen = oracle.Predict(s.world, f)
	if s.seen.Verdict.Kind == verdict.KindInconclusive {
		return Explanation{}, fmt.Errorf("explain %s: paper cannot tell: %s", f, s.seen.Verdict.Why)
	}
	e := Explanation{
		World: w.Name, Flow: f, Result: Reached, Blockers: []Blocker{},
		Verdict: s.seen.Verdict, Way: wayOf(&w, s.seen),
		world: w, seen: s.seen, mended: s.seen,
	}
	if s.seen.Verdict.Positive() {
		return e, nil
	}
	e.Result = Blocked
	if err := s.all(ctx, &e); err != nil {
		return Explanation{}, fmt.Errorf("explain %s: %w", f, err)
	}
	e.mended = s.seen
	e.mended.Path = withoutAssumed(s.seen.Path)
	way := wayOf(&s.world, e.mended)
	e.Mended, e.MendedWay = &s.seen.Verdict, &way
	return e, nil
}

// Want says whom the server has to see, which makes another result of a flow that is
// reached as somebody else.
func (e *Explanation) Want(seenAs string) {
	e.Wanted = seenAs
	if e.Result == Reached && seenAs != "" && e.Verdict.SeenAs != seenAs {
		e.Result = SeenOtherwise
	}
}

// search is the world with the blockers found so far taken away.
type search struct {
	oracle lab.Oracle
	flow   topology.Flow
	// asIs is the world as it was given, world without the blockers.
	asIs, world topology.World
	seen        verdict.Observation
	// met are the ends that the flow has had, and repairs what took them away.
	met     []end
	repairs []repair
	// unknown says why paper cannot tell what would be behind the last one; empty when
	// nothing takes that away.
	unknown string
}

// end is how a flow ends, and where: a refusal names no place itself.
type end struct {
	verdict.Verdict
	at string
}

func endOf(seen verdict.Observation) end {
	e := end{Verdict: seen.Verdict.Identity()}
	if last := len(seen.Path.Forth) - 1; last >= 0 && seen.Verdict.Kind == verdict.KindRefused {
		e.at = seen.Path.Forth[last].Hop
	}
	return e
}

// all finds one blocker after the other, and then what each is about.
func (s *search) all(ctx context.Context, e *Explanation) error {
	var ends []verdict.Verdict
	for !s.seen.Verdict.Positive() && e.Open == "" {
		s.met = append(s.met, endOf(s.seen))
		ends = append(ends, s.seen.Verdict)
		switch {
		case len(s.met) == most:
			e.Open = "too much is in the way to look further"
		case s.mend():
		case s.unknown != "":
			e.Open = "with the last one gone paper cannot tell: " + s.unknown
		default:
			e.Open = "nothing on paper takes the last one away; what is behind it shows when it is mended"
		}
	}
	for i, v := range ends {
		b, err := s.blocker(ctx, i, v)
		if err != nil {
			return err
		}
		e.Blockers = append(e.Blockers, b)
	}
	return nil
}

// mend takes away what ends the flow now, and nothing else; it reports false where it
// cannot.
func (s *search) mend() bool {
	for _, r := range repairs(s.oracle, &s.world, s.flow, s.seen) {
		w := s.world.Clone()
		if !r.edit(&w) {
			continue
		}
		seen := s.oracle.Predict(w, s.flow)
		if seen.Verdict.Kind == verdict.KindInconclusive {
			s.unknown = seen.Verdict.Why
			continue
		}
		if slices.Contains(s.met, endOf(seen)) {
			continue
		}
		s.world, s.seen, s.repairs, s.unknown = w, seen, append(s.repairs, r), ""
		return true
	}
	return false
}

// blocker says what the nth end of the flow is about. It is diagnosed as though it were
// alone: a walk looks at the page's layers first, wherever the packet ended.
func (s *search) blocker(ctx context.Context, nth int, v verdict.Verdict) (Blocker, error) {
	hop, rule := v.Cause()
	if hop == "" {
		hop = v.Hop
	}
	b := Blocker{Verdict: v, Hop: hop, Rule: rule}
	if nth < len(s.repairs) {
		b.Assumed = s.repairs[nth].did
	}
	w := s.alone(nth, v)
	b.What = words(&w, s.oracle.Predict(w, s.flow))
	d, err := diagnose.Walk(ctx, onPaper{oracle: s.oracle, world: w}, s.flow)
	if err != nil {
		return Blocker{}, err
	}
	b.Layer, b.Remedy = d.Layer, d.Remedy
	return b, nil
}

// alone is the world in which the nth end is the only one; or, where what took the
// others away depends on what took it away, the one in which it was met.
func (s *search) alone(nth int, v verdict.Verdict) topology.World {
	only, before := s.asIs.Clone(), s.asIs.Clone()
	whole := true
	for i, r := range s.repairs {
		if i < nth {
			r.edit(&before)
		}
		if i != nth {
			whole = r.edit(&only) && whole
		}
	}
	if whole && s.oracle.Predict(only, s.flow).Verdict.Identity() == v.Identity() {
		return only
	}
	return before
}

// onPaper is a lab that has adopted a world on paper, valid or not.
type onPaper struct {
	oracle lab.Oracle
	world  topology.World
}

// Name implements lab.Lab.
func (l onPaper) Name() lab.Name { return lab.Paper }

// Adopt implements lab.Lab. What is explained is never exchanged.
func (l onPaper) Adopt(_ context.Context, w topology.World) error {
	return fmt.Errorf("adopt world %s: an explanation is of one world", w.Name)
}

// World implements lab.Lab.
func (l onPaper) World() topology.World { return l.world }

// Ask implements lab.Lab.
func (l onPaper) Ask(_ context.Context, f topology.Flow) (verdict.Observation, error) {
	return l.oracle.Predict(l.world, f), nil
}

// Alive implements lab.Lab.
func (l onPaper) Alive(context.Context, topology.Flow) error { return nil }

// Close implements lab.Lab.
func (l onPaper) Close(context.Context) error { return nil }
