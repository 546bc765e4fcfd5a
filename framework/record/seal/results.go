package seal

import (
	"os"
	"path/filepath"
)

// report finds what was edited in the report, and puts what it is now into now. The
// report's own hash in the manifest is not relied on: it may have been edited as well.
func (v *Verification) report(dir string, m Manifest, now *Manifest) {
	text, err := os.ReadFile(filepath.Join(dir, ReportFile))
	if err != nil {
		v.find(Edited, ReportFile, "", "it cannot be read: %v", err)
		return
	}
	run, parts, links, err := take(text)
	if err != nil {
		v.find(Edited, ReportFile, "", "it is no report any more: %v", err)
		return
	}
	now.Run, now.Parts, now.Results = run, parts, links
	before := len(v.Findings)
	v.parts(m.Parts, parts)
	v.results(m.Results, links)
	if len(v.Findings) == before && v.has(Edited, ReportFile) {
		v.find(Edited, ReportFile, "", "it says the same in other bytes")
	}
}

func (v *Verification) parts(was, is []Part) {
	sealed := map[string]string{}
	for _, p := range was {
		sealed[p.Name] = p.SHA256
	}
	for _, p := range is {
		hash, known := sealed[p.Name]
		delete(sealed, p.Name)
		switch {
		case !known:
			v.find(Added, ReportFile, p.Name, "the report had no such field")
		case hash != p.SHA256:
			v.find(Edited, ReportFile, p.Name, "the field had other content")
		}
	}
	for _, p := range was {
		if _, left := sealed[p.Name]; left {
			v.find(Missing, ReportFile, p.Name, "the report had this field")
		}
	}
}

func (v *Verification) results(was, is []Link) {
	place := map[string]int{}
	for i, l := range was {
		place[l.Name] = i
	}
	var kept []int // where those that are still there were
	for i, l := range is {
		at, known := place[l.Name]
		if !known {
			v.find(Added, ReportFile, l.Name, "results[%d] was not there when the run was sealed", i)
			continue
		}
		if was[at].SHA256 != l.SHA256 {
			v.find(Edited, ReportFile, l.Name, "results[%d] is not what was sealed: its hash was %s and is %s", i, short(was[at].SHA256), short(l.SHA256))
		}
		kept = append(kept, at)
	}
	there := map[int]bool{}
	for _, at := range kept {
		there[at] = true
	}
	for at, l := range was {
		if !there[at] {
			v.find(Missing, ReportFile, l.Name, "results[%d] was removed", at)
		}
	}
	for _, at := range displaced(kept) {
		v.find(Moved, ReportFile, was[at].Name, "it was results[%d] and stands elsewhere", at)
	}
}

// displaced lists the fewest numbers without which the others ascend: those that were
// moved.
func displaced(order []int) []int {
	// best[i] is the longest ascending choice that ends with order[i], from[i] the
	// entry before it.
	best, from := make([]int, len(order)), make([]int, len(order))
	last := -1
	for i, n := range order {
		best[i], from[i] = 1, -1
		for j := range i {
			if order[j] < n && best[j]+1 > best[i] {
				best[i], from[i] = best[j]+1, j
			}
		}
		if last < 0 || best[i] > best[last] {
			last = i
		}
	}
	stays := map[int]bool{}
	for ; last >= 0; last = from[last] {
		stays[last] = true
	}
	var moved []int
	for i, n := range order {
		if !stays[i] {
			moved = append(moved, n)
		}
	}
	return moved
}
