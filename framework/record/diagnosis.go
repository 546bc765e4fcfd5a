package record

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/triage"
)

// Diagnosis is how well the faults of a run were found on one lab by diagnose,
// which is told of no fault and sees only what the lab answers.
type Diagnosis struct {
	Lab lab.Name `json:"lab"`
	// Flows is how many broken flows were diagnosed, Wrong how many of them wrongly.
	Flows int `json:"flows"`
	Wrong int `json:"wrong"`
	// Layers are those that were injected or named, in the page's order.
	Layers []triage.Score `json:"layers"`
	// Pairs are two faults at once, where such were examined.
	Pairs []triage.PairScore `json:"pairs,omitempty"`
}

// diagnoses sums up what the results' phases diagnosed.
func diagnoses(results []Result) []Diagnosis {
	var all []Diagnosis
	for _, l := range lab.Names() {
		var singles []triage.Single
		for _, r := range results {
			if r.Lab != l {
				continue
			}
			for _, p := range r.Phases {
				singles = append(singles, p.Diagnosed...)
			}
		}
		if len(singles) == 0 {
			continue
		}
		d := Diagnosis{Lab: l, Flows: len(singles), Layers: triage.Scores(singles)}
		for _, s := range singles {
			if !s.Right() {
				d.Wrong++
			}
		}
		all = append(all, d)
	}
	return all
}

// WithPairs adds what was found of two faults at once on a lab.
func (r Report) WithPairs(l lab.Name, pairs []triage.PairScore) Report {
	r.Diagnosis = slices.Clone(r.Diagnosis)
	for i := range r.Diagnosis {
		if r.Diagnosis[i].Lab == l {
			r.Diagnosis[i].Pairs = pairs
		}
	}
	return r
}

// diagnosed says how many broken flows were diagnosed as what was broken, lab by
// lab, and shows the layers where some were not.
func diagnosed(b *strings.Builder, all []Diagnosis) {
	if len(all) == 0 {
		return
	}
	parts, wrong := make([]string, len(all)), 0
	for i, d := range all {
		parts[i] = fmt.Sprintf("%s %d of %d", d.Lab, d.Flows-d.Wrong, d.Flows)
		sum := triage.Sum(d.Pairs)
		if sum.Pairs > 0 {
			parts[i] += fmt.Sprintf(" and %d of %d pairs", sum.Pairs-sum.Wrong, sum.Pairs)
		}
		wrong += d.Wrong + sum.Wrong
	}
	fmt.Fprintf(b, "diagnosed  %s\n", strings.Join(parts, ", "))
	if wrong > 0 {
		layers(b, all)
	}
}

// layers is the table of layers against labs, how many faults were named of how
// many, with the precision where it is not whole.
func layers(b *strings.Builder, all []Diagnosis) {
	b.WriteString("\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprint(t, "diagnosed blind")
	for _, d := range all {
		_, _ = fmt.Fprintf(t, "\t%s", d.Lab)
	}
	_, _ = fmt.Fprintln(t)
	for _, l := range diagnose.Order() {
		line := ""
		for _, d := range all {
			line += "\t" + named(d, l)
		}
		if strings.Trim(line, "\t-") != "" {
			_, _ = fmt.Fprintf(t, "%s%s\n", l, line)
		}
	}
	pairsOf(t, all)
	_ = t.Flush()
	for _, d := range all {
		for _, s := range d.Layers {
			if s.FirstWrongTurn != "" {
				fmt.Fprintf(b, "first wrong turn on %s, %s: %s\n", d.Lab, s.Layer, s.FirstWrongTurn)
			}
		}
	}
	b.WriteString("\n")
}

func named(d Diagnosis, l diagnose.Layer) string {
	i := slices.IndexFunc(d.Layers, func(s triage.Score) bool { return s.Layer == l })
	if i < 0 {
		return "-"
	}
	s := d.Layers[i]
	text := fmt.Sprintf("%d of %d", s.Right, s.Injected)
	if s.Precision() < 1 {
		text += fmt.Sprintf(", precision %.2f", s.Precision())
	}
	return text
}

func pairsOf(t *tabwriter.Writer, all []Diagnosis) {
	line := ""
	for _, d := range all {
		cell := "-"
		if sum := triage.Sum(d.Pairs); sum.Pairs > 0 {
			cell = fmt.Sprintf("%d of %d", sum.Pairs-sum.Wrong, sum.Pairs)
		}
		line += "\t" + cell
	}
	if strings.Trim(line, "\t-") != "" {
		_, _ = fmt.Fprintf(t, "pairs of layers%s\n", line)
	}
}
