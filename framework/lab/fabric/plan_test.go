package fabric_test

import (
	"fmt"
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

// The kernel holds one route per destination in a table: a custom route to
// everywhere must not share its table with the end of what no route matches.
func TestNewPlan_oneRoutePerDestination(t *testing.T) {
	for _, r := range fabric.NewPlan(worlds.PeeredInternet(topology.Routed)).Routers {
		seen := map[string]fabric.Route{}
		for _, x := range r.Routes {
			key := fmt.Sprintf("%s of table %d", x.Destination, x.Table)
			if first, taken := seen[key]; taken && first != x {
				t.Errorf("router %s has two routes to %s:\n%+v\n%+v", r.VPC, key, first, x)
			}
			seen[key] = x
		}
	}
}
