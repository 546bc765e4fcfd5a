package specs

import (
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The keys of label sets; filters read "key: containsAny value".
const (
	keyScenario = "scenario"
	keyFamily   = "family"
	keyMode     = "mode"
	keyLab      = "lab"
	keyTier     = "tier"
	keyOrigin   = "origin"
	// keyDisruptive says whether a scenario restarts or moves what others use.
	keyDisruptive = "disruptive"
)

// disruption is the value of the label "disruptive".
type disruption string

const (
	disruptiveYes disruption = "yes"
	disruptiveNo  disruption = "no"
)

func disruptionOf(s scenario.Scenario) disruption {
	if s.Disruptive {
		return disruptiveYes
	}
	return disruptiveNo
}

// labels are all labels of one spec. They are made here only, so that none is
// ever misspelt.
func labels(s scenario.Scenario, m topology.Mode, l lab.Name) ginkgo.Labels {
	return ginkgo.Label(
		label(keyScenario, s.ID), label(keyFamily, string(s.Family())), label(keyMode, string(m)),
		label(keyLab, string(l)), label(keyTier, string(s.Tier)), label(keyOrigin, string(s.Origin)),
		label(keyDisruptive, string(disruptionOf(s))),
	)
}

func label(key, value string) string { return key + ": " + value }

// valueOf finds the value of a key among a spec's labels.
func valueOf(labels []string, key string) string {
	for _, l := range labels {
		if value, ok := strings.CutPrefix(l, key+": "); ok {
			return value
		}
	}
	return ""
}

// requireLabels refuses a spec that does not say which scenario it is, in which
// mode and on which lab: it could not be reported.
func requireLabels(node types.NodeType, _ ginkgo.Offset, text string, args []any) (string, []any, []error) {
	if node != types.NodeTypeIt {
		return text, args, nil
	}
	var all []string
	for _, a := range args {
		if l, ok := a.(ginkgo.Labels); ok {
			all = append(all, l...)
		}
	}
	var problems []error
	for _, key := range []string{keyScenario, keyMode, keyLab} {
		if valueOf(all, key) == "" {
			problems = append(problems, fmt.Errorf("spec %q has no label %q; build specs with framework/specs", text, key))
		}
	}
	return text, args, problems
}
