package fabric_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The whole rendering of the page's worlds, and of one that has everything, in both
// modes: what a reviewer reads when a
// rule changes.
func TestNewPlan_golden(t *testing.T) {
	for _, world := range []func(topology.Mode) topology.World{worlds.OneVPC, worlds.PeeredVPCs, worlds.Everything} {
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

// The rendering of machines whose operating systems stand in the way.
func TestNewPlan_golden_of_machines(t *testing.T) {
	for _, m := range topology.Modes() {
		w := labtest.Cluster(m)
		n, c := &w.Clusters[0].Nodes[0], &w.Clusters[0]
		n.ForwardingOff, n.ConntrackFull, n.DropsFragNeeded = true, true, true
		n.MoreBlocks = []netip.Prefix{netip.MustParsePrefix("172.16.1.0/25")}
		n.Firewall = []topology.FirewallRule{
			{Name: "no-web", Chain: topology.InputChain, Protocol: topology.TCP, Ports: topology.Port(80), CIDR: worlds.Anywhere},
			{Name: "no-pods", Chain: topology.ForwardChain, CIDR: c.ContainerCIDRs[0]},
		}
		c.NetworkPolicies = []topology.NetworkPolicy{{Name: "np", Pods: []string{"pod-a", "pod-b"}, Egress: []topology.IPBlock{
			{CIDR: c.ContainerCIDRs[0], Except: []netip.Prefix{netip.MustParsePrefix("172.16.0.40/32")}},
		}}}
		h := &w.Hosts[1]
		h.StrictReversePath, h.Routes = true, []netip.Prefix{netip.MustParsePrefix("172.16.0.0/25")}
		h.Engine = &topology.Engine{
			BridgeIP: netip.MustParsePrefix("172.16.0.1/16"), Networks: []topology.EngineNetwork{{Name: "compose"}},
			Containers: []topology.EngineContainer{{
				Name: "shop", Address: netip.MustParseAddr("172.16.9.5"), Port: 80,
				Published: topology.Listener{Protocol: topology.TCP, Port: 8080},
			}},
		}
		var text strings.Builder
		for _, machine := range fabric.NewPlan(w).Machines {
			text.WriteString(machine.String())
		}
		golden.Assert(t, "testdata/machines."+string(m)+".txt", text.String())
	}
}
