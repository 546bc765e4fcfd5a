package storm

import (
	"cmp"
	"slices"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/internal/draws"
)

// Bounds of what a report draws, and of what a run of any length keeps in mind: schedules of each result.
const (
	mostInvalid = 20
	mostUnknown = 20
	mostValid   = 12
)

// keeper keeps the traces of a bounded number of schedules: the first that were invalid or unknown, and of the valid ones a
// sample that depends on the seed alone and not on which came first.
type keeper struct {
	seed                    uint64
	invalid, unknown, valid []chaos.Trace
}

func (k *keeper) add(e Episodic) {
	switch e.Judgement.Result {
	case chaos.Invalid:
		if len(k.invalid) < mostInvalid {
			k.invalid = append(k.invalid, kept(e))
		}
	case chaos.Unknown:
		if len(k.unknown) < mostUnknown {
			k.unknown = append(k.unknown, kept(e))
		}
	default:
		k.sample(e)
	}
}

// sample keeps the valid schedules with the smallest lots.
func (k *keeper) sample(e Episodic) {
	if n := len(k.valid); n == mostValid && k.lot(e.Number) >= k.lot(k.valid[n-1].Number) {
		return
	}
	k.valid = append(k.valid, e.Trace())
	slices.SortStableFunc(k.valid, func(a, b chaos.Trace) int { return cmp.Compare(k.lot(a.Number), k.lot(b.Number)) })
	k.valid = k.valid[:min(len(k.valid), mostValid)]
}

func (k *keeper) lot(number uint64) uint64 { return draws.Number(k.seed, number) }

// traces lists what is kept, the worst first.
func (k *keeper) traces() []chaos.Trace { return slices.Concat(k.invalid, k.unknown, k.valid) }

// kept is the trace of a schedule that is written beside the report.
func kept(e Episodic) chaos.Trace {
	t := e.Trace()
	t.File = ScheduleFile(e.Number)
	if t.Least != nil {
		t.Least.File = leastFile(e.Number)
	}
	return t
}
