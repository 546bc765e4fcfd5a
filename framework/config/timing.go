package config

import (
	"errors"
	"fmt"
	"time"
)

// maxProbeTimeout is the longest that a client may ever wait for an answer: the
// evidence of a drop comes from counters, in milliseconds, so a longer wait
// proves nothing more. It leaves room for the one repetition of a SYN, after 1 s,
// on a machine that was stopped for a moment.
const maxProbeTimeout = 2500 * time.Millisecond

// Timing holds every duration of the framework. No other package has literal
// durations, so that a slow machine is dealt with in one place.
type Timing struct {
	// Settle is how long after a change the wanted verdict may take to appear.
	Settle time.Duration
	// SettlePoll is between two questions while a wanted verdict is awaited.
	SettlePoll time.Duration
	// Repeat is how many times in a row a verdict must be seen to count.
	Repeat int
	// ProbeTimeout is how long a client waits for an answer, never over 2.5 s; the
	// wait ends sooner when the data plane has shown what became of the packets.
	ProbeTimeout time.Duration
	// ServerPatience is how long the stand-in of a service waits for what a client has begun to say. It is longer than any client
	// waits, as it is of the real ones: what a client notices first is the silence, not that the server hangs up.
	//
	// Source: RabbitMQ handshake_timeout and MySQL connect_timeout, 10 s each.
	ServerPatience time.Duration
	// PingInterval is between the packets of one ping.
	PingInterval time.Duration
	// ProducePace is between two records of a producer that goes on while the world
	// changes.
	ProducePace time.Duration
	// CounterPoll is between two readings of the data plane's counters while a
	// flow is being asked.
	CounterPoll time.Duration
	// StatePoll is between two looks at something slow: a pod, a node, an engine.
	StatePoll time.Duration
	// Outage is how long a fault lasts while a client writes on, and Production how
	// long that client writes in all, from before the fault until after it.
	Outage     time.Duration
	Production time.Duration
	// Reboot is how long a machine of namespaces that is rebooted is away.
	Reboot time.Duration
	// Adopt is how long a lab may take to make reality match a world.
	Adopt time.Duration
	// Scenario is how long one scenario may take in one mode on one lab.
	Scenario time.Duration
	// OpenNetns is how long opening the netns lab may take.
	OpenNetns time.Duration
	// OpenKind is how long a cluster may take from ready images to a lab that
	// passed its readiness checks.
	OpenKind time.Duration
	// Provision is how long making the engine and the images ready may take;
	// it covers a cold build of the node image.
	Provision time.Duration
	// Bundle is how long collecting what explains a failure may take.
	Bundle time.Duration
	// Close is how long taking a lab down may take.
	Close time.Duration
	// Sweep is how long removing the rests of dead runs may take.
	Sweep time.Duration
	// Run is how long a whole run may take.
	Run time.Duration
	// Shrink is how long the drawing of simpler worlds may take for one difference
	// that fuzzing found; what can be left out of the last one is then left out.
	Shrink time.Duration
	// Tell is between two lines that say how far something long is.
	Tell time.Duration
}

// DefaultTiming returns the timing for an idle machine with two cores.
func DefaultTiming() Timing {
	return Timing{
		// A rule change acts at once in the kernel; a pod's listener on a kind
		// cluster takes up to a few seconds when both clusters work.
		Settle:       5 * time.Second,
		SettlePoll:   50 * time.Millisecond,
		Repeat:       3,
		ProbeTimeout: maxProbeTimeout,

		ServerPatience: 10 * time.Second,

		PingInterval: 2 * time.Millisecond,
		Reboot:       300 * time.Millisecond,
		ProducePace:  20 * time.Millisecond,
		CounterPoll:  time.Millisecond,
		StatePoll:    250 * time.Millisecond,
		Outage:       5 * time.Second,
		// What a library tries again by itself it tries within seconds.
		Production: 8 * time.Second,
		Adopt:      2 * time.Minute,
		Scenario:   5 * time.Minute,
		OpenNetns:  30 * time.Second,
		OpenKind:   10 * time.Minute,
		// Four times the cold build of the node image on two idle cores.
		Provision: 60 * time.Minute,
		Bundle:    30 * time.Second,
		Close:     2 * time.Minute,
		Sweep:     2 * time.Minute,
		Run:       85 * time.Minute,
		Shrink:    15 * time.Second,
		Tell:      5 * time.Second,
	}
}

// PaperTiming returns the timing for the paper lab, where a verdict is there at
// once or never.
func PaperTiming() Timing {
	t := DefaultTiming()
	t.Settle, t.SettlePoll = 0, 0
	return t
}

// Hasty returns the timing for asking a great many flows on a lab of namespaces: the
// packets of a ping follow each other at once, and nobody waits long for an answer.
// Whoever uses it asks again, patiently, before believing in silence.
func (t Timing) Hasty() Timing {
	t.PingInterval, t.ProbeTimeout, t.CounterPoll = time.Microsecond, 500*time.Millisecond, 250*time.Microsecond
	return t
}

// Once returns the timing for repeating what a run has shown already: an answer that is
// as it was need not be given several times in a row.
func (t Timing) Once() Timing {
	t.Repeat = 1
	return t
}

// TeethTiming returns the timing for runs that have to fail: what is not seen soon
// will not be seen, and twice in a row finds out who is right only once.
func TeethTiming() Timing {
	t := DefaultTiming()
	t.Repeat = 2
	// What is asked over a connection that stands shows at the second question.
	t.Settle = 500 * time.Millisecond
	// Long enough for what does answer on this machine; what does not is waited
	// for by every run that has to fail.
	t.ProbeTimeout = 400 * time.Millisecond
	return t
}

// Scale returns the timing with every duration multiplied by the factor. The
// probe timeout stays within its bound, and Repeat is no duration.
func (t Timing) Scale(factor float64) Timing {
	for _, d := range t.durations() {
		*d.value = time.Duration(float64(*d.value) * factor)
	}
	t.ProbeTimeout = min(t.ProbeTimeout, maxProbeTimeout)
	return t
}

// Validate reports every field that cannot work.
func (t Timing) Validate() error {
	var problems []error
	for _, d := range t.durations() {
		if *d.value <= 0 {
			problems = append(problems, fmt.Errorf("timing %s: %s is not a positive duration", d.name, *d.value))
		}
	}
	if t.ProbeTimeout > maxProbeTimeout {
		problems = append(problems, fmt.Errorf("timing ProbeTimeout: %s is over %s", t.ProbeTimeout, maxProbeTimeout))
	}
	if t.Production <= t.Outage {
		problems = append(problems, fmt.Errorf("timing Production: %s is not longer than the outage of %s", t.Production, t.Outage))
	}
	if t.Repeat < 1 {
		problems = append(problems, fmt.Errorf("timing Repeat: %d is less than one", t.Repeat))
	}
	return errors.Join(problems...)
}

// namedDuration is one field of a Timing that can be read and set.
type namedDuration struct {
	name  string
	value *time.Duration
}

func (t *Timing) durations() []namedDuration {
	return []namedDuration{
		{"Settle", &t.Settle},
		{"SettlePoll", &t.SettlePoll},
		{"ProbeTimeout", &t.ProbeTimeout},
		{"ServerPatience", &t.ServerPatience},
		{"PingInterval", &t.PingInterval},
		{"Reboot", &t.Reboot},
		{"ProducePace", &t.ProducePace},
		{"CounterPoll", &t.CounterPoll},
		{"StatePoll", &t.StatePoll},
		{"Outage", &t.Outage},
		{"Production", &t.Production},
		{"Adopt", &t.Adopt},
		{"Scenario", &t.Scenario},
		{"OpenNetns", &t.OpenNetns},
		{"OpenKind", &t.OpenKind},
		{"Provision", &t.Provision},
		{"Bundle", &t.Bundle},
		{"Close", &t.Close},
		{"Sweep", &t.Sweep},
		{"Run", &t.Run},
		{"Shrink", &t.Shrink},
		{"Tell", &t.Tell},
	}
}
