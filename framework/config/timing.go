package config

import "time"

// Timing holds every duration and count that vpcgate waits or repeats by; no
// other package has one of its own.
type Timing struct {
	// Settle is how long a change may take until its verdict is first seen.
	Settle time.Duration
	// SettlePoll is the pause between two questions while settling.
	SettlePoll time.Duration
	// Repeat is how many times in a row a verdict must be seen to count.
	Repeat int
	// ProbeTimeout is how long a client waits for an answer; the wait ends
	// sooner when the data plane has shown what became of the packets.
	ProbeTimeout time.Duration
	// CounterPoll is the pause between two readings of the data plane's
	// counters while a flow is being asked.
	CounterPoll time.Duration
	// Drain is how long counters may lag behind a packet once its fate is known.
	Drain time.Duration
}

// DefaultTiming returns the timing for the wire labs.
func DefaultTiming() Timing {
	return Timing{
		Settle:       5 * time.Second,
		SettlePoll:   50 * time.Millisecond,
		Repeat:       3,
		ProbeTimeout: time.Second,
		CounterPoll:  time.Millisecond,
		Drain:        20 * time.Millisecond,
	}
}

// PaperTiming returns the timing for the paper lab, where a verdict is there at
// once or never.
func PaperTiming() Timing {
	t := DefaultTiming()
	t.Settle, t.SettlePoll = 0, 0
	return t
}
