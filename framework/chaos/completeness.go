package chaos

import "time"

// completeness says what was not judged.
func (j *judge) completeness() {
	if j.Operations == 0 {
		j.unknown("no operation was judged")
	}
	if j.history.Forgotten > 0 {
		j.unknown("%d operations did not fit into the history", j.history.Forgotten)
	}
	for m := range j.timeline.Moments {
		s := j.timeline.steady(m, j.terms.Grace)
		for flow, f := range j.history.Flows {
			enough := j.terms.Enough
			if f.Live {
				enough = j.terms.EnoughLive
			}
			if s.To-s.From >= enough && !j.asked(m, flow) && !j.oracle.absent(m, m, flow) {
				j.unknown("%s was not judged in the %s after %s", f, (s.To - s.From).Round(time.Millisecond), orBeginning(j.timeline.Moments[m].Step))
			}
		}
	}
}

// asked reports whether a flow was asked in a moment so that it shows how it was answered then. The use of a service has many
// answers and takes, where they are slow in coming, longer than the patience with each of them: as long as a world allows it, it is
// enough that one was under way. Where a world forbids it nothing is heard, and one ends in time.
func (j *judge) asked(moment, flow int) bool {
	if j.seen[flow][moment] {
		return true
	}
	return j.history.Flows[flow].Use != "" && j.touched[flow][moment] && j.oracle.fresh(moment, flow).Positive()
}

func orBeginning(step string) string {
	if step == "" {
		return "the beginning"
	}
	return step
}
