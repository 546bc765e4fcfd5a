package specs

import (
	"encoding/json"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// The names of the report entries by which specs hand things to the report,
// over the borders of parallel processes.
const (
	entryResult  = "vpcgate result"
	entryTrouble = "vpcgate trouble"
	entryAbsence = "vpcgate absence"
	entryFacts   = "vpcgate facts"
	entryKept    = "vpcgate kept"
	entryServed  = "vpcgate served"
	entryBite    = "vpcgate bite"
)

func enter(name string, value any) {
	ginkgo.AddReportEntry(name, value, ginkgo.ReportEntryVisibilityNever)
}

// each calls use with the value of every entry of that name.
func each[T any](entries types.ReportEntries, name string, use func(T)) error {
	for _, e := range entries {
		if e.Name != name {
			continue
		}
		if value, ok := e.Value.GetRawValue().(T); ok { // of this process
			use(value)
			continue
		}
		var value T
		if err := json.Unmarshal([]byte(e.Value.AsJSON), &value); err != nil { // of another one
			return fmt.Errorf("read report entry %s: %w", name, err)
		}
		use(value)
	}
	return nil
}
