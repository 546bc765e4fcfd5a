package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// Report is all diagnoses of one examination.
type Report struct {
	Lab     lab.Name `json:"lab"`
	Singles []Single `json:"singles"`
	Doubles []Double `json:"doubles,omitempty"`
	// NotHosted is how many faults and pairs the lab cannot host.
	NotHosted int `json:"notHosted,omitempty"`
}

// Score is how well one layer is told from the others, over the singles.
type Score struct {
	Layer diagnose.Layer `json:"layer"`
	// Injected is how often it was the fault, Named how often it was named, Right
	// how often both.
	Injected int `json:"injected"`
	Named    int `json:"named"`
	Right    int `json:"right"`
	// Confused counts the layers that were named in its place.
	Confused map[diagnose.Layer]int `json:"confused,omitempty"`
	// FirstWrongTurn is the first step that led away from it, of the first walk that
	// was wrong.
	FirstWrongTurn string `json:"firstWrongTurn,omitempty"`
}

// Precision is the share of its namings that were right; 1 where it was never named.
func (s Score) Precision() float64 { return share(s.Right, s.Named) }

// Recall is the share of its faults that were named; 1 where there were none.
func (s Score) Recall() float64 { return share(s.Right, s.Injected) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Scores lists the layers that were injected or named, in the page's order. A fault
// that may be named by several layers counts for the one that was, if it is one
// of them, and for its first otherwise.
func (r Report) Scores() []Score { return Scores(r.Singles) }

// Scores is Report.Scores of singles from anywhere.
func Scores(singles []Single) []Score {
	of := map[diagnose.Layer]*Score{}
	at := func(l diagnose.Layer) *Score {
		if of[l] == nil {
			of[l] = &Score{Layer: l}
		}
		return of[l]
	}
	for _, s := range singles {
		injected := s.Injected[0]
		if slices.Contains(s.Injected, s.Named) {
			injected = s.Named
		}
		at(injected).Injected++
		if s.Named != "" {
			at(s.Named).Named++
		}
		if s.Named == injected {
			at(injected).Right++
		} else {
			if at(injected).Confused == nil {
				at(injected).Confused = map[diagnose.Layer]int{}
			}
			at(injected).Confused[s.Named]++
		}
		if !s.Right() && at(injected).FirstWrongTurn == "" {
			at(injected).FirstWrongTurn = fmt.Sprintf("%s, %s: %s", s.Fault, s.Flow, s.WrongTurn)
		}
	}
	var all []Score
	for _, l := range diagnose.Order() {
		if of[l] != nil {
			all = append(all, *of[l])
		}
	}
	return all
}

// Wrong lists every diagnosis that was wrong, one a line.
func (r Report) Wrong() []string {
	var all []string
	for _, s := range r.Singles {
		if !s.Right() {
			all = append(all, fmt.Sprintf("%s, %s: injected %v, named %q; %s", s.Fault, s.Flow, s.Injected, s.Named, s.WrongTurn))
		}
	}
	for _, d := range r.Doubles {
		switch {
		case !d.Before.Right():
			all = append(all, fmt.Sprintf("%s with %s, %s: injected %v, named %q; %s", d.First, d.Second, d.Flow, d.Layers, d.Before.Named, d.Before.WrongTurn))
		case !d.After.Right():
			all = append(all, fmt.Sprintf("%s with %s, %s, after %s: left of %v, named %q; %s", d.First, d.Second, d.Flow, d.CuredBy, d.Layers, d.After.Named, d.After.WrongTurn))
		}
	}
	return all
}

// Table is the examination as text for people: what was named for what, how well
// each layer is told from the others, and how pairs came out.
func (r Report) Table() string {
	var b strings.Builder
	scores := r.Scores()
	fmt.Fprintf(&b, "diagnosis on %s: %d flows of single faults, %d pairs of faults, %d wrong\n\n", r.Lab, len(r.Singles), len(r.Doubles), len(r.Wrong()))
	r.singles(&b, scores)
	if len(r.Doubles) > 0 {
		b.WriteString("\n")
		r.doubles(&b)
	}
	for _, line := range r.Wrong() {
		fmt.Fprintf(&b, "\nwrong  %s", line)
	}
	if len(r.Wrong()) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func (r Report) singles(b *strings.Builder, scores []Score) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprintln(t, "injected\tfaults\tnamed as it\tnamed otherwise\tprecision\trecall\tfirst wrong turn")
	for _, s := range scores {
		others := make([]string, 0, len(s.Confused))
		for l, n := range s.Confused {
			others = append(others, fmt.Sprintf("%s %d", orNothing(l), n))
		}
		slices.Sort(others)
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%.2f\t%.2f\t%s\n", s.Layer, s.Injected, s.Right,
			orDash(strings.Join(others, ", ")), s.Precision(), s.Recall(), orDash(s.FirstWrongTurn))
	}
	_ = t.Flush()
}

func orNothing(l diagnose.Layer) string {
	if l == "" {
		return "nothing"
	}
	return string(l)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// PairScore is how pairs of two layers came out.
type PairScore struct {
	// Layers are in the page's order.
	Layers [2]diagnose.Layer `json:"layers"`
	Pairs  int               `json:"pairs"`
	// PagesFirst and PacketsFirst are how often the layer was named that the page,
	// or that the packet comes to first; Then how often the other one was named
	// once the first was cured.
	PagesFirst   int `json:"pagesFirst"`
	PacketsFirst int `json:"packetsFirst"`
	Then         int `json:"then"`
	Wrong        int `json:"wrong"`
}

// PairScores lists the pairs of layers in the page's order.
func (r Report) PairScores() []PairScore {
	var all []PairScore
	for _, d := range r.Doubles {
		i := slices.IndexFunc(all, func(s PairScore) bool { return s.Layers == d.Layers })
		if i < 0 {
			i = len(all)
			all = append(all, PairScore{Layers: d.Layers})
		}
		all[i].count(d)
	}
	slices.SortFunc(all, func(a, b PairScore) int {
		return cmp.Or(rank(a.Layers[0])-rank(b.Layers[0]), rank(a.Layers[1])-rank(b.Layers[1]))
	})
	return all
}

// Sum adds scores up; it has no layers.
func Sum(scores []PairScore) PairScore {
	var sum PairScore
	for _, s := range scores {
		sum.Pairs += s.Pairs
		sum.PagesFirst += s.PagesFirst
		sum.PacketsFirst += s.PacketsFirst
		sum.Then += s.Then
		sum.Wrong += s.Wrong
	}
	return sum
}

func (r Report) doubles(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "pair, in the page's order\tpairs\tpage's first\tpacket's first\tthen the other\twrong")
	line := func(name string, s PairScore) {
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", name, s.Pairs, s.PagesFirst, s.PacketsFirst, s.Then, s.Wrong)
	}
	scores := r.PairScores()
	for _, s := range scores {
		line(fmt.Sprintf("%s, %s", s.Layers[0], s.Layers[1]), s)
	}
	line("all", Sum(scores))
	_ = t.Flush()
	b.WriteString("packet's first: the packet ends before it comes to what the page looks at first, so that nothing there records it\n")
}

func (s *PairScore) count(d Double) {
	s.Pairs++
	switch {
	case !d.Before.Right():
		s.Wrong++
		return
	case d.Before.Named == d.Layers[0]:
		s.PagesFirst++
	default:
		s.PacketsFirst++
	}
	if d.After.Right() {
		s.Then++
	} else {
		s.Wrong++
	}
}
