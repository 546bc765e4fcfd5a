package specs_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// The oracle alone would be compared with itself: every scenario has a wire lab
// in each of its modes.
func TestPlaced_every_scenario_has_a_wire_lab_in_each_mode(t *testing.T) {
	placed := 0
	for _, s := range scenarios.Catalogue() {
		for _, m := range s.Modes() {
			onNetns, onKind := specs.Placed(s, m, lab.Netns), specs.Placed(s, m, lab.Kind)
			if onNetns != nil && onKind != nil {
				t.Errorf("%s [%s]: %v; %v", s.ID, m, onNetns, onKind)
			}
			if err := specs.Placed(s, m, lab.Paper); err != nil {
				t.Errorf("%s [%s]: %v", s.ID, m, err)
			}
			placed++
		}
	}
	if placed < 200 {
		t.Errorf("only %d of the catalogue's results were looked at", placed)
	}
}
