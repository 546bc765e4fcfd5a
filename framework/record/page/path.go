package page

import (
	"encoding/json"
	"strings"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

// pathOf marks the step of a path that a verdict says was the end.
func pathOf(p verdict.Path, v verdict.Verdict) pathView {
	view := pathView{Forth: steps(p.Forth), Back: steps(p.Back)}
	if s := stop(view, v); s != nil {
		s.Stop = true
	}
	return view
}

func steps(all []verdict.Step) []stepView {
	views := make([]stepView, len(all))
	for i, s := range all {
		views[i] = stepView{Step: s, Same: i > 0 && all[i-1].Hop == s.Hop}
	}
	return views
}

// stop finds the step of the hop and rule that a verdict names, or, where no rule
// stopped the flow, the last step before it ended. A flow that was reached has none.
func stop(p pathView, v verdict.Verdict) *stepView {
	if v.Positive() || v.Kind == "" {
		return nil
	}
	hop, rule := v.Cause()
	for _, way := range [][]stepView{p.Back, p.Forth} {
		for i := len(way) - 1; i >= 0 && rule != ""; i-- {
			if way[i].Hop == hop && way[i].Rule == rule {
				return &way[i]
			}
		}
	}
	last := p.Forth
	if v.Kind == verdict.KindReplyLost && len(p.Back) > 0 {
		last = p.Back
	}
	if len(last) == 0 {
		return nil
	}
	return &last[len(last)-1]
}

// path names the path of an observation; it is empty for one without.
func (d *document) path(o verdict.Observation) string {
	return d.pathOf(o.Path, o.Verdict)
}

func (d *document) pathOf(p verdict.Path, v verdict.Verdict) string {
	if len(p.Forth)+len(p.Back) == 0 {
		return ""
	}
	hop, rule := v.Cause()
	return d.Paths.ref(keyOf(p, string(v.Kind), hop, rule), func() pathView { return pathOf(p, v) })
}

// evidence names what was counted; it is empty where nothing was. What was sent and
// received stands beside each flow and is left out.
func (d *document) evidence(e verdict.Evidence) string {
	e.Sent, e.Received = 0, 0
	if len(e.Rules)+len(e.Strays)+len(e.Sightings) == 0 && e.Said == nil {
		return ""
	}
	return d.Evidence.ref(keyOf(e), func() evidenceView { return evidenceView{e} })
}

func (d *document) transcript(o verdict.Observation) string {
	text := strings.TrimRight(o.Transcript, "\n")
	if text == "" {
		return ""
	}
	return d.Transcripts.ref(text, func() string { return text })
}

// keyOf tells values apart by their content.
func keyOf(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return err.Error() // plain data cannot fail
	}
	return string(text)
}
