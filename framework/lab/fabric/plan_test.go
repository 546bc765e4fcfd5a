package fabric_test

import (
	"reflect"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The whole rendering of both worlds in both modes: what a reviewer reads when a
// rule changes.
func TestNewPlan_golden(t *testing.T) {
	for _, world := range []func(topology.Mode) topology.World{worlds.OneVPC, worlds.PeeredVPCs} {
		for _, m := range topology.Modes() {
			w := world(m)
			p := fabric.NewPlan(w)
			golden.Assert(t, "testdata/"+w.Name+"."+string(m)+".txt", p.String())
			if !reflect.DeepEqual(p, fabric.NewPlan(w)) {
				t.Errorf("%s %s: two plans of one world differ", w.Name, m)
			}
			for _, r := range p.Routers {
				if err := r.Rules.Validate(); err != nil {
					t.Errorf("%s %s: rules of %s: %v", w.Name, m, r.VPC, err)
				}
			}
		}
	}
}
