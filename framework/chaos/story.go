package chaos

import (
	"fmt"
	"strings"
	"time"
)

// Story tells an episode as plain text: each step with when it came and what it did to the traffic, then what was violated.
func Story(number uint64, s Schedule, j Judgement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nschedule %d on %s: %s, %d operations, %d excused, %d stalled\n", number, s.Stage, j.Result, j.Operations, j.Excused, j.Stalled)
	for _, e := range j.Effects {
		fmt.Fprintf(&b, "  %8s  %s (took %s)\n", e.Began.Round(time.Millisecond), e.Step, e.Took.Round(time.Millisecond))
		fmt.Fprintf(&b, "            concerned %d, shown by %d, effect %s, detected %s, recovered %s, lost %d, cut %d\n",
			e.Concerned, e.Shown, at(e.Effect), at(e.Detect), at(e.Recover), e.Lost, e.Cut)
	}
	if j.Written.Clients > 0 {
		fmt.Fprintf(&b, "  %s\n", j.Written)
	}
	for _, v := range j.Violations {
		fmt.Fprintf(&b, "  violation: %s\n", v)
	}
	for _, r := range j.Reasons {
		fmt.Fprintf(&b, "  unknown: %s\n", r)
	}
	return b.String()
}

func at(d *time.Duration) string {
	if d == nil {
		return "-"
	}
	return d.Round(time.Millisecond).String()
}
