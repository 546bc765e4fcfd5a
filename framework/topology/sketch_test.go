package topology_test

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestSketch_ofTheWorlds(t *testing.T) {
	for _, m := range topology.Modes() {
		for _, w := range []topology.World{worlds.OneVPC(m), worlds.PeeredVPCs(m), worlds.Everything(m)} {
			checkSketch(t, w.Name+"."+string(m), w)
		}
	}
}

// Drawings serve to see what is wrong, so nothing may be too wrong to be drawn.
func TestSketch_ofAnInvalidWorld(t *testing.T) {
	w := worlds.PeeredVPCs(topology.Routed)
	w.Name = "a\x1b[31m world\n of nonsense"
	w.VPCs = append(w.VPCs, topology.VPC{Name: "vpc-3", CIDRs: []netip.Prefix{{}}, Subnets: []topology.Subnet{{Name: "s", RouteTable: "none"}}})
	w.Peerings = append(w.Peerings,
		topology.Peering{Name: "peering-13", Local: "vpc-3", Peer: "vpc-demo", State: topology.Pending},
		topology.Peering{Name: "peering-9", Local: "vpc-demo", Peer: "vpc-9"})
	w.VPCs[0].RouteTables[0].Routes = append(w.VPCs[0].RouteTables[0].Routes, topology.Route{Peering: "peering-9", Instance: "ecs-p"})
	w.Hosts[2].NIC = topology.NIC{Subnet: "lost"}
	w.Hosts[0].Name = strings.Repeat("long", 40)
	w.Hosts[0].NIC.SecurityGroups = strings.Split(strings.Repeat("sg-with-a-long-name ", 9), " ")
	w.SecurityGroups[1].Rules[2].Priority, w.SecurityGroups[1].Rules[2].Action = 10, topology.Deny
	w.Names = []topology.NameRecord{{Name: "app", Target: "nobody"}}
	checkSketch(t, "invalid", w)
	checkSketch(t, "empty", topology.World{})
}

func checkSketch(t *testing.T, name string, w topology.World) {
	t.Helper()
	got := topology.Sketch(w)
	golden.Assert(t, filepath.Join("testdata", "sketch", name+".txt"), got)
	for _, line := range strings.Split(got, "\n") {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%s: a line of %d columns: %s", name, n, line)
		}
	}
	if again := topology.Sketch(w.Clone()); again != got {
		t.Errorf("%s: an equal world is drawn differently", name)
	}
}
