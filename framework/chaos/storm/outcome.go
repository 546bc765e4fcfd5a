package storm

import (
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// outcomeOf is what an agent's event means for the history.
func outcomeOf(e probe.Event) chaos.Outcome {
	switch e.Outcome {
	case probe.Answered:
		return chaos.Answered
	case probe.Timeout, probe.Partial:
		return chaos.Silent
	case probe.Refused:
		return chaos.Refused
	case probe.Reset:
		return chaos.Reset
	case probe.HostUnreachable, probe.NetUnreachable, probe.Prohibited, probe.TooBig:
		return chaos.Unreachable
	case probe.Denied:
		if e.Code == verdict.DataLost {
			return chaos.DataLost
		}
		return chaos.Denied
	default:
		return chaos.Unasked
	}
}
