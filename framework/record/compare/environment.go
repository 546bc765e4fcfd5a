package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Drift is something around the runs that changed.
type Drift struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// none stands for what a report does not hold.
const none = "none"

// drifts compares where and on what the runs took place.
func drifts(old, later record.Report) []Drift {
	a, b := old.Environment, later.Environment
	all := []Drift{
		{"git", gitOf(a.Git), gitOf(b.Git)},
		{"selection", selection(old.Run), selection(later.Run)},
		{"kernel", a.Kernel, b.Kernel},
		{"os", a.OS, b.OS},
		{"go", a.Go, b.Go},
		{"engine", a.Engine, b.Engine},
		{"kind", a.Kind, b.Kind},
		{"kubernetes", a.Kubernetes, b.Kubernetes},
		{"node image", imageOf(a.NodeImage), imageOf(b.NodeImage)},
	}
	all = append(all, services(a.Services, b.Services)...)
	all = append(all,
		Drift{"cpus", fmt.Sprint(a.CPUs), fmt.Sprint(b.CPUs)},
		Drift{"memory", memoryOf(a.MemoryBytes), memoryOf(b.MemoryBytes)},
	)
	var changed []Drift
	for _, d := range all {
		if d.Old == "" {
			d.Old = none
		}
		if d.New == "" {
			d.New = none
		}
		// Two runs of one dirty commit need not be of the same source.
		if d.Old != d.New || d.What == "git" && b.Git.State == "dirty" {
			changed = append(changed, d)
		}
	}
	return changed
}

func gitOf(g record.Git) string { return strings.TrimSpace(short(g.Commit) + " " + g.State) }

// short is a commit as people write it.
func short(commit string) string { return commit[:min(len(commit), 12)] }

func imageOf(i record.NodeImage) string { return strings.TrimSpace(i.Ref + " " + i.Digest) }

func memoryOf(bytes uint64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }

// selection is what a run was asked for.
func selection(r record.Run) string {
	text := "labs " + join(r.Labs) + "; modes " + join(r.Modes)
	if r.Focus != "" {
		text += "; focus " + r.Focus
	}
	if r.Filter != "" {
		text += "; filter " + r.Filter
	}
	return text
}

func join[T ~string](all []T) string {
	var texts []string
	for _, t := range all {
		texts = append(texts, string(t))
	}
	return strings.Join(texts, ", ")
}

// services compares the programs that served managed instances, lab by lab. A lab
// that one of the runs did not use has no programs there, which is no change.
func services(old, later []record.Service) []Drift {
	type served struct {
		lab lab.Name
		use topology.Use
	}
	index := func(all []record.Service) (map[served]string, []served) {
		texts, order := map[served]string{}, []served{}
		for _, s := range all {
			k := served{s.Lab, s.Use}
			text := strings.TrimSpace(s.Name + " " + s.Version)
			if s.StandIn != "" {
				text += ", stands in " + s.StandIn
			}
			texts[k], order = text, append(order, k)
		}
		return texts, order
	}
	was, order := index(old)
	is, more := index(later)
	var all []Drift
	for _, k := range slices.Concat(order, more) {
		d := Drift{fmt.Sprintf("%s on %s", k.use, k.lab), was[k], is[k]}
		uses := func(s record.Service) bool { return s.Lab == k.lab }
		if slices.ContainsFunc(old, uses) && slices.ContainsFunc(later, uses) && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// speeds are the labs that became slower or faster as a whole, which is told once
// and is no finding about any scenario.
func speeds(all []Timing) []Drift {
	var told []Drift
	for _, t := range all {
		if t.Drift >= worthTelling || t.Drift > 0 && t.Drift <= 1/worthTelling {
			told = append(told, Drift{
				What: fmt.Sprintf("speed of %s", t.Lab), Old: "1",
				New: fmt.Sprintf("%.2f times as late (median of %d baselines)", t.Drift, t.Baselines),
			})
		}
	}
	return told
}

func wrongOf(d record.Diagnosis) string {
	return fmt.Sprintf("%d of %d faults diagnosed wrongly", d.Wrong, d.Flows)
}
