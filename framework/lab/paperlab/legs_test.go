package paperlab_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// documentedAs finds a case of the table.
func documentedAs(t *testing.T, name string) labtest.Case {
	t.Helper()
	all := append(labtest.Cases(), labtest.OnClusters()...)
	i := slices.IndexFunc(all, func(c labtest.Case) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no case %q", name)
	}
	return all[i]
}

// Whoever replaces addresses on the way is a hop of the path, and is met again on
// the way back.
func TestPredict_path_of_translated_flows(t *testing.T) {
	for _, c := range []struct {
		name        string
		forth, back []string
	}{
		{
			"translator: its server sees it, not the client",
			[]string{
				"ecs-a2: sent 10.1.0.20 → 10.1.0.100",
				"vpc-a: routed to endpoint by the local route 10.1.0.0/24",
				"vpc-a: admitted sg/ecs-a2/egress/sg/out",
				"vpc-a: admitted sg/endpoint/ingress/sg-t/in",
				"endpoint: translated to 198.19.128.7 → 10.1.0.10",
				"vpc-b: routed to ecs-b by the local route 10.1.0.0/24",
				"vpc-b: admitted sg/ecs-b/ingress/sg/in",
				"ecs-b: delivered",
			},
			[]string{
				"ecs-b: sent 10.1.0.10 → 198.19.128.7",
				"vpc-b: routed to endpoint by its system route",
				"vpc-b: passed egress of ecs-b as a reply",
				"vpc-b: passed ingress of endpoint as a reply",
				"endpoint: translated back to 10.1.0.100 → 10.1.0.20",
				"vpc-a: routed to ecs-a2 by the local route 10.1.0.0/24",
				"vpc-a: passed egress of endpoint as a reply",
				"vpc-a: passed ingress of ecs-a2 as a reply",
				"ecs-a2: delivered",
			},
		},
		{
			"tunnel nat: a pod gets out as its node, and so as the gateway",
			[]string{
				"pod-a: sent 172.16.0.10 → 203.0.113.10",
				"node-1: masqueraded as node-1 (192.168.1.11)",
				"vpc: routed to nat by 0.0.0.0/0 of table rtb",
				"vpc: admitted sg/node-1/egress/sg-node-1/out",
				"nat: translated to 203.0.113.2",
				"internet: routed to www by the local route 203.0.113.0/24",
				"internet: admitted sg/www/ingress/sg-w/in",
				"www: delivered",
			},
			[]string{
				"www: sent 203.0.113.10 → 203.0.113.2",
				"internet: routed to nat by its system route",
				"internet: passed egress of www as a reply",
				"nat: unmasqueraded to 192.168.1.11",
				"vpc: routed to node-1 by the local route 192.168.1.0/24",
				"vpc: passed ingress of node-1 as a reply",
				"node-1: unmasqueraded to pod-a (172.16.0.10)",
				"pod-a: delivered",
			},
		},
		{
			"routed service: from pods",
			[]string{
				"pod-a2: sent 172.16.0.11 → 192.168.1.12",
				"vpc: routed to node-2 by the local route 192.168.1.0/24",
				"vpc: admitted sg/node-1/egress/sg-node-1/out",
				"vpc: admitted sg/node-2/ingress/sg-node-2/in",
				"node-2: translated to pod-a (172.16.0.10) for shop",
				"node-2: masqueraded as node-2 (192.168.1.12)",
				"vpc: routed to node-1 by 172.16.0.0/25 of table rtb",
				"vpc: admitted sg/node-2/egress/sg-node-2/out",
				"vpc: admitted sg/node-1/ingress/sg-node-1/in",
				"pod-a: delivered",
			},
			[]string{
				"pod-a: sent 172.16.0.10 → 192.168.1.12",
				"vpc: routed to node-2 by the local route 192.168.1.0/24",
				"vpc: passed egress of node-1 as a reply",
				"vpc: passed ingress of node-2 as a reply",
				"node-2: translated back to 192.168.1.12 → 172.16.0.11",
				"vpc: routed to node-1 by 172.16.0.0/25 of table rtb",
				"vpc: passed egress of node-2 as a reply",
				"vpc: passed ingress of node-1 as a reply",
				"pod-a2: delivered",
			},
		},
		{
			"routed published: it keeps its replies to pods on the bridge",
			[]string{
				"pod-a: sent 172.16.0.10 → 192.168.2.50",
				"vpc: routed to ecs-k by the local route 192.168.2.0/24",
				"vpc: admitted sg/node-1/egress/sg-node-1/out",
				"vpc: admitted sg/ecs-k/ingress/sg-k/in",
				"ecs-k: redirected to shop (172.16.9.5)",
				"shop: delivered on ecs-k",
			},
			[]string{"shop: sent 172.16.9.5 → 172.16.0.10", "ecs-k: dropped engine/ecs-k/docker0"},
		},
	} {
		d := documentedAs(t, c.name)
		followed(t, c.name, paperlab.New().Predict(d.World, d.Flow).Path, c.forth, c.back)
	}
}

// What stands already passes without being asked, and the path says so.
func TestPredict_path_of_a_connection_that_stands(t *testing.T) {
	flow := topology.Established("ecs-a", "ecs-b", labtest.WebPort)
	followed(t, "live", paperlab.New().Predict(labtest.Chain(), flow).Path,
		[]string{
			"ecs-a: sent 10.1.0.10 → 10.2.0.10",
			"vpc-a: routed to peering-ab by 10.2.0.0/16 of table rtb-a",
			"vpc-a: passed egress of ecs-a as established",
			"vpc-b: routed to ecs-b by the local route 10.2.0.0/24",
			"vpc-b: passed ingress of ecs-b as established",
			"ecs-b: delivered",
		},
		[]string{
			"ecs-b: sent 10.2.0.10 → 10.1.0.10",
			"vpc-b: routed to peering-ab by 10.1.0.0/16 of table rtb-b",
			"vpc-b: passed egress of ecs-b as a reply",
			"vpc-a: routed to ecs-a by the local route 10.1.0.0/24",
			"vpc-a: passed ingress of ecs-a as a reply",
			"ecs-a: delivered",
		})
}

// A world in memory says of every destination whether somebody serves behind it.
func TestAlive_behind_an_address(t *testing.T) {
	for _, c := range []struct {
		of   string
		flow topology.Flow
		want string
	}{
		{"tunnel service: from pods", topology.OverTCP("pod-a2", "node-2", labtest.NodePort), ""},
		{"tunnel service: from pods", topology.OverTCP("pod-a2", "shop", 8080), ""},
		{"tunnel service: from pods", topology.Ping("pod-a2", "shop"), ""},
		{"tunnel service: from pods", topology.OverTCP("pod-a2", "node-2", labtest.IdlePort), "server node-2: nothing listens on tcp/9"},
		{"tunnel service: without backends the node rejects", topology.OverTCP("pod-a", "shop", 8080), ""},
		{"tunnel service: a backend that does not listen refuses", topology.OverTCP("pod-a", "shop", 8080), "server shop: nothing listens on tcp/8080"},
		{"routed published: a container answers for the host", topology.OverTCP("pod-a", "ecs-k", 8080), ""},
		{"translator: its server sees it, not the client", topology.OverTCP("ecs-a2", "endpoint", labtest.WebPort), ""},
		{"tunnel dns: a pod is told", topology.Resolve("pod-a", "db"), ""},
	} {
		l := paperlab.New()
		if err := l.Adopt(t.Context(), documentedAs(t, c.of).World); err != nil {
			t.Fatal(err)
		}
		if err := l.Alive(t.Context(), c.flow); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: %s: alive is %v, want %q", c.of, c.flow, err, c.want)
		}
	}
}
