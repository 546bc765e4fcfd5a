package lab_test

import (
	"errors"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What cannot happen to a cluster is refused before anything is done.
func TestCanHappen_to_clusters(t *testing.T) {
	w := topology.World{Clusters: []topology.Cluster{{Name: "demo", Nodes: []topology.Node{{Name: "node-1"}, {Name: "node-2"}}}}}
	w.Hosts = []topology.Host{{Name: "ecs"}, {Name: "engine", Engine: &topology.Engine{}}, {Name: "cache", Managed: &topology.Managed{}}}
	for _, c := range []struct {
		kind lab.HappeningKind
		on   string
		want error
	}{
		{lab.MachineLost, "node-1", lab.ErrCannotHost},
		{lab.MachinePaused, "node-1", lab.ErrCannotHost},
		{lab.MachineRebooted, "node-2", nil},
		{lab.MachineLost, "ecs", nil},
		{lab.MachineLost, "engine", lab.ErrCannotHost},
		{lab.MachinePaused, "cache", lab.ErrCannotHost},
		{lab.KubeletStopped, "node-1", nil},
		{lab.APIUnreachable, "demo", nil},
	} {
		if err := lab.CanHappen(lab.Kind, w, lab.Happening{Kind: c.kind, On: c.on}); !errors.Is(err, c.want) {
			t.Errorf("%s %s: got %v, want %v", c.kind, c.on, err, c.want)
		}
	}
}
