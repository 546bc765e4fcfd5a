package progress

import (
	"encoding/json"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// EventsFile, in the run's folder, gets a line of JSON for each event, from every
// process of the suite, as it happens.
const EventsFile = "events.ndjson"

// Kind is what an event tells.
type Kind string

const (
	// Begun: the run has begun, and Selected is what it is going to do.
	Begun Kind = "begun"
	// Doing: a process does something that belongs to no scenario, such as a step
	// of making a cluster; Text says what.
	Doing Kind = "doing"
	// Entered: a scenario has entered a phase.
	Entered Kind = "entered"
	// Ended: a scenario, or the run itself, has a result.
	Ended Kind = "ended"
)

// Event is one thing that happened. What does not belong to its kind is empty.
type Event struct {
	Kind Kind `json:"event"`
	// Seconds is the time since the run began.
	Seconds float64 `json:"seconds"`
	// Process is the number of the suite's process, from 1 on.
	Process  int            `json:"process"`
	Scenario string         `json:"scenario,omitempty"`
	Mode     topology.Mode  `json:"mode,omitempty"`
	Lab      lab.Name       `json:"lab,omitempty"`
	Phase    record.Phase   `json:"phase,omitempty"`
	Outcome  record.Outcome `json:"result,omitempty"`
	// Text is what is done, or the failure block of a failed result.
	Text string `json:"text,omitempty"`
	// Selected is how many results the run is going to have, lab by lab.
	Selected []Share `json:"selected,omitempty"`
}

// Share is a lab's part of a run.
type Share struct {
	Lab     lab.Name `json:"lab"`
	Results int      `json:"results"`
}

// OfResult is the event of a result. lookAt is where the report will be.
func OfResult(r record.Result, lookAt string) Event {
	e := Event{Kind: Ended, Scenario: r.Scenario, Mode: r.Mode, Lab: r.Lab, Phase: r.Failed, Outcome: r.Outcome}
	if r.Outcome == record.Failure {
		e.Text = record.FailureBlock(r, lookAt)
	}
	return e
}

// Name is the stable name of the result that an event speaks of.
func (e Event) Name() string {
	return record.Result{Scenario: e.Scenario, Mode: e.Mode, Lab: e.Lab}.Name()
}

// Line is the event as a line of JSON, with its end.
func (e Event) Line() ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write event %s: %w", e.Kind, err)
	}
	return append(text, '\n'), nil
}

// Parse reads a line that Line wrote. An event of an unknown kind is an error.
func Parse(line []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	switch e.Kind {
	case Begun, Doing, Entered, Ended:
		return e, nil
	default:
		return Event{}, fmt.Errorf("read event: unknown event %q", e.Kind)
	}
}
