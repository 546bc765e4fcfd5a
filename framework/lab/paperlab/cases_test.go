package paperlab_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

// Every documented rule, one small world each. The wire is held to all but those of
// Kubernetes by netnslab.
func TestPredict_cases(t *testing.T) {
	names := map[string]bool{}
	for _, c := range slices.Concat(labtest.Cases(), labtest.Services(), labtest.OnClusters(), labtest.ServicesOnClusters()) {
		if names[c.Name] {
			t.Errorf("%s: the name is taken", c.Name)
		}
		names[c.Name] = true
		if err := c.World.Validate(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if got := paperlab.New().Predict(c.World, c.Flow).Verdict; !c.Want.SatisfiedBy(got) {
			t.Errorf("%s (%s): %s: want %s, got %s", c.Name, c.Source, c.Flow, c.Want, got)
		}
	}
}
