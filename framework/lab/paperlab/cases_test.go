package paperlab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

// Every documented rule, one small world each. The wire is held to the same
// table by netnslab.
func TestPredict_cases(t *testing.T) {
	for _, c := range labtest.Cases() {
		if err := c.World.Validate(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if got := paperlab.New().Predict(c.World, c.Flow).Verdict; !c.Want.SatisfiedBy(got) {
			t.Errorf("%s (%s): %s: want %s, got %s", c.Name, c.Source, c.Flow, c.Want, got)
		}
	}
}
