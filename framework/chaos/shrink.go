package chaos

import (
	"slices"
	"strings"
)

// Shows reports whether a judgement has a violation of an invariant.
func Shows(j Judgement, i Invariant) bool {
	return slices.ContainsFunc(j.Violations, func(v Violation) bool { return v.Invariant == i })
}

// Shrink leaves faults out of a schedule, one after the other and as long as what is left shows what it was found for. The second
// result is whether anything smaller than the schedule itself did; what shows nothing again by chance stays as it was.
func Shrink(s Schedule, stage Stage, shows func(Schedule) bool) (Schedule, bool) {
	smaller := false
	for again := true; again; {
		again = false
		for _, name := range s.names() {
			next := s.Without(name)
			if len(next.Steps) == 0 || next.Validate(stage) != nil || !shows(next) {
				continue
			}
			s, smaller, again = next, true, true
		}
	}
	return s, smaller
}

// names lists the faults of a schedule, the last first.
func (s Schedule) names() []string {
	var all []string
	for _, step := range s.Steps {
		for _, name := range step.Inject {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.Reverse(all)
	return all
}

// String is the schedule's steps in one line.
func (s Schedule) String() string {
	var steps []string
	for _, step := range s.Steps {
		steps = append(steps, step.String())
	}
	return "on " + s.Stage + ": " + strings.Join(steps, ", then ")
}
