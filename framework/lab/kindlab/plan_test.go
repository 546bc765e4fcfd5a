package kindlab

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func plan(mode topology.Mode) clusterPlan {
	return clusterPlan{
		mode: mode, cluster: worlds.OneVPC(mode).Clusters[0], nodeImage: "example/node:v1",
		patches: Patches{Kubeadm: []string{"kind: KubeletConfiguration\nfailCgroupV1: false\n"}, Containerd: []string{"[a]\n  b = true\n"}},
		agent:   "/cache/agent", control: "/run/vpcgate/NAME/control",
	}
}

func TestKindConfig(t *testing.T) {
	t.Parallel()
	for _, mode := range topology.Modes() {
		config, err := kindConfig(plan(mode))
		if err != nil {
			t.Fatal(err)
		}
		text, err := configText(config)
		if err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, "testdata/kind-"+string(mode)+".golden.yaml", string(text))
	}
}

func TestKindConfig_without_container_CIDR(t *testing.T) {
	t.Parallel()
	p := plan(topology.Tunnel)
	p.cluster.ContainerCIDRs = nil
	if _, err := kindConfig(p); err == nil || !strings.HasSuffix(err.Error(), "has no container CIDR") {
		t.Errorf("got %v", err)
	}
}

func TestConflist_says_its_block(t *testing.T) {
	t.Parallel()
	block := netip.MustParsePrefix("172.16.0.128/25")
	text, err := renderConflist(block, 1450)
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/conflist.golden.json", string(text))
	if got, err := blockOf(text); err != nil || got != block {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := blockOf([]byte(`{"name":"kindnet","plugins":[{"type":"ptp"}]}`)); err == nil {
		t.Error("a foreign configuration has a block")
	}
}

func TestContainers(t *testing.T) {
	t.Parallel()
	id := identity{
		run: "r1", mode: topology.Routed, cluster: "vpcgate-routed-r1", kept: true, image: "example/node:v1",
		agent: "/cache/agent", control: "/run/vpcgate/vpcgate-routed-r1/control", state: "/run/vpcgate",
	}
	var out strings.Builder
	config, err := renderDaemonConfig(topology.Engine{
		BridgeIP: netip.MustParsePrefix("172.16.0.1/16"), Pools: []netip.Prefix{netip.MustParsePrefix("10.200.0.0/24")},
	})
	if err != nil {
		t.Fatal(err)
	}
	daemon := hostEngineSpec(id, "ecs-25", "vpcgate-routed-r1-ecs-25", "example/host:v1", "/run/vpcgate/engines/ecs-25.json", config)
	for _, s := range []containerSpec{forwarderSpec(id, roleGateway, "vpc-demo"), agentSpec(id, rolePeer, "ecs-25"), daemon} {
		out.WriteString("docker " + strings.Join(s.runArgs(), "\n  ") + "\n")
	}
	network := topology.EngineNetwork{Name: "compose", CIDR: netip.MustParsePrefix("172.20.0.0/16")}
	out.WriteString(string(config) + strings.Join(networkCommand(network), "\n  ") + "\n")
	golden.Assert(t, "testdata/containers.golden.txt", out.String())
	if got := len(wantedBodies(id, worlds.PeeredVPCs(topology.Routed))); got != 5 {
		t.Errorf("the peered world has %d routers and hosts, want 5", got)
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	pod := podObject(podSpec{name: "pod-a", node: "x-worker", labels: readyLabels("pod-a", partWorld), image: "agent:1", socket: "pod-a.1f2e"})
	service := serviceObject("ready", corev1.ServiceTypeNodePort, map[string]string{"a": "b"}, 80, 8080)
	var out strings.Builder
	for _, o := range []any{pod, service} {
		text, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n" + string(text))
	}
	golden.Assert(t, "testdata/objects.golden.yaml", out.String())
	if got := socketOf(*pod); got != "pod-a.1f2e" {
		t.Errorf("socket %q", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	long := clusterName(topology.Routed, strings.Repeat("a-long-run-id-", 4))
	if len(nodeContainer(long, 0)) > 63 || long == clusterName(topology.Routed, strings.Repeat("a-long-run-id-", 5)) {
		t.Errorf("%s is too long or not one run's own", long)
	}
	for index, want := range []string{"c-control-plane", "c-worker", "c-worker2", "c-worker3"} {
		if got := nodeContainer("c", index); got != want {
			t.Errorf("node %d is %s, want %s", index, got, want)
		}
	}
	if got := clusterName(topology.Tunnel, "20261122-233000-3f2a"); got != "vpcgate-tunnel-20261122-233000-3f2a" {
		t.Errorf("got %s", got)
	}
	if got := containerName("c", "VPC demo_2"); got != "c-vpc-demo-2" {
		t.Errorf("got %s", got)
	}
}

func TestHostable_names_everything_that_stands_in_the_way(t *testing.T) {
	t.Parallel()
	running := worlds.OneVPC(topology.Tunnel).Clusters[0]
	if _, err := hostable(worlds.PeeredVPCs(topology.Tunnel), topology.Tunnel, &running); err != nil {
		t.Errorf("the other world of the same nodes: %v", err)
	}
	w := worlds.OneVPC(topology.Routed)
	w.Clusters[0].ServiceCIDR = netip.MustParsePrefix("10.96.0.0/16")
	w.Clusters[0].Nodes[1].NIC.Address = netip.MustParseAddr("192.168.10.99")
	_, err := hostable(w, topology.Tunnel, &running)
	if !errors.Is(err, lab.ErrCannotHost) {
		t.Fatalf("got %v", err)
	}
	golden.Assert(t, "testdata/hostable.golden.txt", err.Error()+"\n")
}

func TestWithoutNodes_has_no_route_to_a_node(t *testing.T) {
	t.Parallel()
	bare := withoutNodes(worlds.PeeredVPCs(topology.Routed))
	for _, v := range bare.VPCs {
		for _, rt := range v.RouteTables {
			for _, r := range rt.Routes {
				if r.Instance != "" {
					t.Errorf("table %s: route to %s", rt.Name, r.Instance)
				}
			}
		}
	}
	if _, ok := bare.NIC("ecs-25"); !ok || len(bare.Clusters) != 0 {
		t.Error("want the hosts and no cluster")
	}
}

func TestEnter(t *testing.T) {
	t.Parallel()
	w := ways{
		kubeconfig: "/run/vpcgate/c/kubeconfig", world: worlds.OneVPC(topology.Tunnel),
		nodes:   []way{{"node-1", "c-control-plane", 11}},
		hosts:   []way{{"ecs-25", "c-ecs-25", 12}},
		engines: []way{{"ecs-25", "c-ecs-25-engine", 14}},
		routers: []way{{"vpc-demo", "c-vpc-demo", 13}},
	}
	golden.Assert(t, "testdata/enter.golden.txt", strings.Join(w.lines(), "\n")+"\n")
}
