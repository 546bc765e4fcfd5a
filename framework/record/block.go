package record

import (
	"fmt"
	"net/netip"
	"path"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// FailureBlock is the text about one failed result: always the same six lines,
// enough to act on without running it again. lookAt is where the report is. Where
// paper and lab disagree, their paths follow side by side.
func FailureBlock(r Result, lookAt string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n", orNone(r.Name(), "unnamed"), r.where(), firstLine(r.Reason))
	c, found := r.FailedCheck()
	flow, want, got, evidence := "none was asked", "the phase to end without an error", rest(r.Reason), "none"
	if found {
		flow = flowLine(c)
		want = c.Want.String()
		got = gotLine(c)
		evidence = evidenceLine(c.Observation.Evidence)
	}
	fmt.Fprintf(&b, "  flow      %s\n", flow)
	fmt.Fprintf(&b, "  want      %s\n", want)
	fmt.Fprintf(&b, "  got       %s\n", got)
	fmt.Fprintf(&b, "  evidence  %s\n", evidence)
	fmt.Fprintf(&b, "  look at   %s", lookLine(lookAt, r))
	if found && r.Class == Disagreement {
		b.WriteString(sideBySide(c))
	}
	return b.String()
}

// where says what failed: a phase of a scenario or, of the run itself, its title.
func (r Result) where() string {
	switch {
	case r.Failed != "" && r.Class == Disagreement:
		return "disagreement in phase " + string(r.Failed)
	case r.Failed != "":
		return "phase " + string(r.Failed)
	}
	return orNone(r.Title, "before its first phase")
}

// failedPhase is the index of the phase that failed, or -1.
func (r Result) failedPhase() int {
	for i := len(r.Phases) - 1; i >= 0; i-- {
		if r.Phases[i].Error != "" || r.Phases[i].Phase == r.Failed {
			return i
		}
	}
	return -1
}

// FailedCheck finds the check that a result failed with: the last one of the
// failed phase that was not content. The cause phase asks nothing itself: it
// judges the evidence of the symptom's checks.
func (r Result) FailedCheck() (Check, bool) {
	i := r.failedPhase()
	if i < 0 {
		return Check{}, false
	}
	for j := len(r.Phases[i].Checks) - 1; j >= 0; j-- {
		if !r.Phases[i].Checks[j].OK {
			return r.Phases[i].Checks[j], true
		}
	}
	if r.Phases[i].Phase == Cause && i > 0 && len(r.Phases[i-1].Checks) > 0 {
		return r.Phases[i-1].Checks[0], true
	}
	return Check{}, false
}

// lastChange is the last edit of the world up to the failed phase.
func (r Result) lastChange() string {
	for i := r.failedPhase(); i >= 0; i-- {
		if r.Phases[i].Change != "" {
			return r.Phases[i].Change
		}
	}
	return ""
}

func flowLine(c Check) string {
	o := c.Observation
	text := fmt.Sprintf("%s → %s %s", end(o.Flow.From, o.From), end(o.Flow.To, o.To), o.Flow.Protocol)
	if o.Flow.Protocol != topology.ICMP {
		text += fmt.Sprintf("/%d", o.Flow.Port)
	}
	if c.Role == "control" {
		text += " (a control)"
	}
	return text
}

func end(name string, a netip.Addr) string {
	if !a.IsValid() {
		return name
	}
	return name + " " + a.String()
}

func gotLine(c Check) string {
	o := c.Observation
	text := fmt.Sprintf("%s (%d of %d answered, %.0f ms)", o.Verdict, o.Evidence.Received, o.Evidence.Sent, o.Milliseconds)
	if c.Predicted.Kind != "" && !c.Predicted.Agrees(o.Verdict) {
		text += "; paper predicted " + c.Predicted.String()
	}
	return text
}

func evidenceLine(e verdict.Evidence) string {
	var parts []string
	for _, c := range e.Rules {
		parts = append(parts, fmt.Sprintf("rule %s at %s +%d", c.Rule, c.Hop, c.Packets))
	}
	if len(e.Rules) == 0 {
		parts = append(parts, "no drop rule's counter moved")
	}
	for _, s := range e.Sightings {
		parts = append(parts, fmt.Sprintf("%s %s %s from %s ×%d", s.Way, s.Point, s.Hop, s.Client, s.Packets))
	}
	if e.Errno != "" {
		parts = append(parts, "client saw "+e.Errno)
	}
	if e.Server != "" {
		parts = append(parts, "answered by "+e.Server)
	}
	return strings.Join(parts, "; ")
}

func lookLine(lookAt string, r Result) string {
	if len(r.Bundle) > 0 {
		lookAt += ", " + path.Join(path.Dir(lookAt), bundleName(r))
	}
	if c := r.lastChange(); c != "" {
		return fmt.Sprintf("%s (last change: %s)", lookAt, c)
	}
	return lookAt + " (nothing was changed yet)"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return orNone(strings.TrimSuffix(line, ":"), "no reason was given")
}

// rest is a reason as one line of the block, with what follows the first line.
func rest(text string) string {
	return orNone(strings.Join(strings.Fields(text), " "), "no reason was given")
}

func orNone(text, none string) string {
	if text == "" {
		return none
	}
	return text
}
