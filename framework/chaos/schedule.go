package chaos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Stage is a healthy world on which faults come and go.
type Stage struct {
	Name  string
	World topology.World
}

// Step is one change of the world: faults that come, faults that are taken back, and how long it then stays.
type Step struct {
	Inject []string
	Heal   []string
	Hold   time.Duration
}

// String is the step as timelines show it.
func (s Step) String() string {
	var parts []string
	if len(s.Inject) > 0 {
		parts = append(parts, "inject "+strings.Join(s.Inject, ", "))
	}
	if len(s.Heal) > 0 {
		parts = append(parts, "heal "+strings.Join(s.Heal, ", "))
	}
	return strings.Join(parts, "; ")
}

// Schedule is which faults come and go on which stage, and what is asked meanwhile.
type Schedule struct {
	Stage string
	// Warm is how long the healthy world is asked before the first step.
	Warm  time.Duration
	Flows []topology.Flow
	// Writes are the flows whose clients go on writing into a service, from before the first step until the last one is over. None of
	// them is asked as well.
	Writes []topology.Flow
	Steps  []Step
}

// Faults counts those that come.
func (s Schedule) Faults() int {
	n := 0
	for _, step := range s.Steps {
		n += len(step.Inject)
	}
	return n
}

// Planned is a step with the world that it leads to.
type Planned struct {
	Step
	World topology.World
	// Kinds are those of the faults that come or go, Active the faults that are there from then on.
	Kinds  []Kind
	Active []Fault
	// Happens and Ends are what happens to the platform with the step, and what is healed of it.
	Happens []lab.Happening
	Ends    []lab.Happening
}

// Happenings lists what is the matter with the platform from then on.
func (p Planned) Happenings() []lab.Happening { return happeningsOf(p.Active) }

func happeningsOf(faults []Fault) []lab.Happening {
	var hs []lab.Happening
	for _, f := range faults {
		if h, happens := f.Happening(); happens {
			hs = append(hs, h)
		}
	}
	return hs
}

// Plan works out the worlds of a schedule. The faults of a step are named in the healthy world of the stage.
func (s Schedule) Plan(stage Stage) ([]Planned, error) {
	known := map[string]Fault{}
	for _, f := range Faults(stage.World) {
		known[f.Name()] = f
	}
	var active []Fault
	var plan []Planned
	for i, step := range s.Steps {
		p := Planned{Step: step}
		for _, name := range step.Heal {
			at := slices.IndexFunc(active, func(f Fault) bool { return f.Name() == name })
			if at < 0 {
				return nil, fmt.Errorf("step %d: heal %q: it is not there", i, name)
			}
			p.Kinds = append(p.Kinds, active[at].Kind)
			p.Ends = append(p.Ends, happeningsOf(active[at:at+1])...)
			active = slices.Delete(slices.Clone(active), at, at+1)
		}
		for _, name := range step.Inject {
			f, ok := known[name]
			if !ok {
				return nil, fmt.Errorf("step %d: inject %q: stage %s has no such fault", i, name, stage.Name)
			}
			p.Kinds = append(p.Kinds, f.Kind)
			if slices.ContainsFunc(active, func(a Fault) bool { return a.Name() == name }) {
				return nil, fmt.Errorf("step %d: inject %q: it is there already", i, name)
			}
			if h, happens := f.Happening(); happens {
				p.Happens = append(p.Happens, h)
			}
			if f.Kind.Momentary() {
				continue
			}
			active = append(slices.Clone(active), f)
		}
		w, err := World(stage.World, active...)
		if err != nil {
			return nil, fmt.Errorf("step %d: %s: %w", i, step, err)
		}
		p.World, p.Active = w, active
		plan = append(plan, p)
	}
	return plan, nil
}

// Validate reports what of a schedule cannot be done on a stage.
func (s Schedule) Validate(stage Stage) error {
	var problems []error
	if s.Stage != stage.Name {
		problems = append(problems, fmt.Errorf("schedule is for stage %q, not %q", s.Stage, stage.Name))
	}
	if len(s.Flows) == 0 {
		problems = append(problems, errors.New("schedule asks nothing"))
	}
	for _, f := range s.Flows {
		if err := stage.World.ValidateFlow(f); err != nil {
			problems = append(problems, err)
		}
	}
	for _, f := range s.Writes {
		if !Keeps(f.Use) || slices.Contains(s.Flows, f) {
			problems = append(problems, fmt.Errorf("%s cannot be written to: nothing is kept there, or it is asked as well", f))
		}
		if err := stage.World.ValidateFlow(f); err != nil {
			problems = append(problems, err)
		}
	}
	for i, step := range s.Steps {
		if len(step.Inject)+len(step.Heal) == 0 || step.Hold <= 0 {
			problems = append(problems, fmt.Errorf("step %d: it has to inject or heal something, and to hold for a while", i))
		}
	}
	_, err := s.Plan(stage)
	return errors.Join(append(problems, err)...)
}

// Lasting is how long it takes, but for what the lab takes for its steps.
func (s Schedule) Lasting() time.Duration {
	d := s.Warm
	for _, step := range s.Steps {
		d += step.Hold
	}
	return d
}

// Stretched returns the schedule with everything taking as long by a factor.
func (s Schedule) Stretched(factor float64) Schedule {
	s.Steps = slices.Clone(s.Steps)
	s.Warm = time.Duration(float64(s.Warm) * factor)
	for i := range s.Steps {
		s.Steps[i].Hold = time.Duration(float64(s.Steps[i].Hold) * factor)
	}
	return s
}

// Slower returns the schedule with everything taking so many times as long.
func (s Schedule) Slower(times int) Schedule { return s.Stretched(float64(times)) }

// Without returns the schedule without one of its faults: it neither comes nor goes. A step that does nothing any more is gone,
// and the time that it held is the step's before it.
func (s Schedule) Without(fault string) Schedule {
	next := s
	next.Steps = nil
	for _, step := range s.Steps {
		step.Inject = others(step.Inject, fault)
		step.Heal = others(step.Heal, fault)
		if len(step.Inject)+len(step.Heal) > 0 {
			next.Steps = append(next.Steps, step)
		}
	}
	return next
}

func others(names []string, but string) []string {
	var rest []string
	for _, n := range names {
		if n != but {
			rest = append(rest, n)
		}
	}
	return rest
}
