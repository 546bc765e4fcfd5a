package record

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/ledger"
)

// OfLedger is the failed result of a run whose ledger is not clean; none for one that
// is.
func OfLedger(l ledger.Ledger) []Result {
	if err := l.Err(); err != nil {
		return []Result{Trouble("ledger of the machine", "", "", err)}
	}
	return nil
}

// WithLedgers adds what the run did to the machine, and what former runs did that
// died.
func (r Report) WithLedgers(own *ledger.Ledger, settled []ledger.Ledger) Report {
	r.Ledger, r.Settled = own, settled
	return r
}

// ledgers shows the ledgers in a line each, and what is wrong in them.
func ledgers(b *strings.Builder, r Report) {
	if r.Ledger != nil {
		fmt.Fprintf(b, "ledger     %s\n", r.Ledger)
	}
	for _, l := range r.Settled {
		if len(l.Wrong()) == 0 {
			fmt.Fprintf(b, "           clean after run %s, which died\n", l.Run)
			continue
		}
		fmt.Fprintf(b, "ledger     of run %s, which died: %s\n", l.Run, l)
		for _, c := range l.Wrong() {
			fmt.Fprintf(b, "           %s\n", c)
		}
	}
}
