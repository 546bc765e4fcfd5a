package lab_test

import (
	"errors"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestCanHost(t *testing.T) {
	for _, row := range []struct {
		name        string
		world       func(topology.Mode) topology.World
		edit        func(w *topology.World)
		netns, kind string
	}{
		{name: "the page's worlds", world: worlds.OneVPC},
		{name: "two VPCs", world: worlds.PeeredVPCs},
		{
			name: "a Service", world: worlds.OneVPC,
			edit:  func(w *topology.World) { w.Clusters[0].Services = []topology.Service{{Name: "svc"}} },
			netns: "netns lab: it has no Services, which kube-proxy makes: the lab cannot host this world",
		},
		{
			name: "DNS", world: worlds.OneVPC,
			edit:  func(w *topology.World) { w.Clusters[0].DNS = &topology.DNS{Node: "node-1"} },
			netns: "netns lab: it has no cluster DNS: the lab cannot host this world",
		},
		{
			name: "a pending pod", world: worlds.OneVPC,
			edit:  func(w *topology.World) { w.Clusters[0].Pods[1].Pending = true },
			netns: "netns lab: it has no kubelet that could fail to give a pod an address: the lab cannot host this world",
		},
		{
			name: "two clusters", world: worlds.TwoClusters,
			kind: "kind lab: it is one cluster, and the world has 2: the lab cannot host this world",
		},
		{
			name: "no cluster", world: worlds.OneVPC,
			edit: func(w *topology.World) { w.Clusters = nil },
			kind: "kind lab: it is one cluster, and the world has 0: the lab cannot host this world",
		},
		{
			name: "nodes of two subnets", world: worlds.OneVPC,
			edit: func(w *topology.World) { w.Clusters[0].Nodes[1].NIC.Subnet = "subnet-b" },
			kind: "kind lab: its nodes are born in one subnet, and node-2 is in another, subnet-b: the lab cannot host this world",
		},
		{
			name: "a container on a peer", world: worlds.OneVPC,
			edit: func(w *topology.World) {
				w.Hosts[0].Engine = &topology.Engine{Containers: []topology.EngineContainer{{Name: "inner"}}}
			},
			kind: "kind lab: a container of the peer's engine would need an image in an engine that reaches no registry: the lab cannot host this world",
		},
		{
			name: "an engine on a peer", world: worlds.OneVPC,
			edit: func(w *topology.World) { w.Hosts[0].Engine = &topology.Engine{} },
		},
	} {
		for _, m := range topology.Modes() {
			w := row.world(m)
			if row.edit != nil {
				row.edit(&w)
			}
			for name, want := range map[lab.Name]string{lab.Paper: "", lab.Netns: row.netns, lab.Kind: row.kind} {
				got := ""
				if err := lab.CanHost(name, w); err != nil {
					got = err.Error()
					if !errors.Is(err, lab.ErrCannotHost) {
						t.Errorf("%s on %s: %v does not match ErrCannotHost", row.name, name, err)
					}
				}
				if got != want {
					t.Errorf("%s on %s: got %q, want %q", row.name, name, got, want)
				}
			}
		}
	}
}
