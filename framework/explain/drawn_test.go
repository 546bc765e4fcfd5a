package explain_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/explain"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// drawn is how many worlds that nobody thought of are looked at.
const drawn = 30

// In worlds with anything wrong in any number of layers, a search ends as it says.
func TestFlow_ends_in_drawn_worlds(t *testing.T) {
	blocked, open := 0, 0
	for number := range uint64(drawn) {
		c := fuzz.Draw(number).States[0]
		for _, f := range c.Flows {
			if f.Live || c.World.ValidateFlow(f) != nil || paperlab.New().Predict(c.World, f).Verdict.Kind == verdict.KindInconclusive {
				continue
			}
			e := explained(t, c.World, f)
			if e.Result != explain.Blocked {
				continue
			}
			blocked++
			if e.Open != "" {
				open++
			}
			if e.Mended.Positive() != (e.Open == "") {
				t.Errorf("world %d, %s: open %q, mended %s", number, f, e.Open, e.Mended)
			}
			for _, b := range e.Blockers {
				if b.What == "" || b.Layer != "" && b.Remedy == "" {
					t.Errorf("world %d, %s: %+v has no words or no remedy", number, f, b)
				}
			}
		}
	}
	t.Logf("%d flows are blocked; of %d not everything can be told", blocked, open)
	if blocked == 0 {
		t.Error("nothing is in any flow's way")
	}
}
