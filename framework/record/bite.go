package record

import (
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Bite is a scenario that was broken on purpose, in one way, to see whether the lab
// notices.
type Bite struct {
	Scenario string        `json:"scenario"`
	Mode     topology.Mode `json:"mode"`
	Lab      lab.Name      `json:"lab"`
	// Broken says what was wrong, Phase where that had to be found out.
	Broken  string  `json:"broken"`
	Phase   Phase   `json:"phase"`
	Seconds float64 `json:"seconds"`
	// Error says how it was not found out; it is empty when it was.
	Error string `json:"error,omitempty"`
}
