package page

import (
	"fmt"
	"strconv"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/triage"
)

// diagnosisView is the confusion matrix of one lab: a row for what was injected, a
// column for what was named.
type diagnosisView struct {
	record.Diagnosis
	Named []diagnose.Layer
	Rows  []confusionRow
	Pairs triage.PairScore
}

type confusionRow struct {
	triage.Score
	Cells             []confusionCell
	Precision, Recall string
}

// confusionCell is how often one layer was named for another; empty for never.
type confusionCell struct {
	Count string
	Right bool
}

func diagnosisOf(d record.Diagnosis) diagnosisView {
	v := diagnosisView{Diagnosis: d, Pairs: triage.Sum(d.Pairs)}
	named := map[diagnose.Layer]bool{}
	for _, s := range d.Layers {
		named[s.Layer] = true
		for l := range s.Confused {
			named[l] = true
		}
	}
	for _, l := range append(diagnose.Order(), "") {
		if named[l] {
			v.Named = append(v.Named, l)
		}
	}
	for _, s := range d.Layers {
		row := confusionRow{Score: s, Precision: fmt.Sprintf("%.2f", s.Precision()), Recall: fmt.Sprintf("%.2f", s.Recall())}
		for _, l := range v.Named {
			n := s.Confused[l]
			if l == s.Layer {
				n = s.Right
			}
			c := confusionCell{Right: l == s.Layer}
			if n > 0 {
				c.Count = strconv.Itoa(n)
			}
			row.Cells = append(row.Cells, c)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
