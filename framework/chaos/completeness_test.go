package chaos_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
)

// The use of a service may take longer than a world is in force that allows it, and then has been asked in it. Where a world forbids
// it, or of a flow that is no use, that is not enough.
func TestJudge_slow_uses(t *testing.T) {
	for _, c := range []struct {
		name     string
		flow     int
		from, to time.Duration
		want     chaos.Result
	}{
		{"a use that outlasts a moment that allows it", 0, 2000 * ms, 3000 * ms, chaos.Valid},
		{"a use that outlasts a moment that forbids it", 0, 1000 * ms, 2000 * ms, chaos.Unknown},
		{"no use", 1, 2000 * ms, 3000 * ms, chaos.Unknown},
	} {
		line := story("closed")
		h := traffic(line, cache, web, other)
		slow := false
		h.Operations = slices.DeleteFunc(h.Operations, func(op chaos.Operation) bool {
			gone := op.Flow == c.flow && op.Sent >= c.from && op.Sent < c.to && slow
			slow = slow || op.Flow == c.flow && op.Sent >= c.from-50*ms
			return gone
		})
		forge(&h, c.flow, c.from-50*ms, func(op chaos.Operation) chaos.Operation {
			op = answered(op)
			op.Ended = c.to + 100*ms
			return op
		})
		if j := chaos.Judge(paper{}, h, line, terms()); j.Result != c.want {
			t.Errorf("%s: %s, want %s: %v %v", c.name, j.Result, c.want, j.Violations, j.Reasons)
		}
	}
}
