package kindlab

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// saved is what iptables-save prints on a node for a Service "web" whose one
// backend is on another node, under the Local policy, and for one without
// backends, among others' rules.
const saved = `*filter
-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "vpcgate/web:main has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP
-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "vpcgate/empty:main has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30081 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-SERVICES -d 10.247.0.81/32 -p tcp -m comment --comment "vpcgate/empty:main has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
*nat
-A KUBE-EXT-EZ4R -i veth+ -m comment --comment "pod traffic for vpcgate/web:main external destinations" -j KUBE-SVC-EZ4R
-A KUBE-NODEPORTS -d 127.0.0.0/8 -p tcp -m comment --comment "vpcgate/web:main" -m tcp --dport 30080 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-EZ4R
-A KUBE-NODEPORTS -p tcp -m comment --comment "vpcgate/web:main" -m tcp --dport 30080 -j KUBE-EXT-EZ4R
-A KUBE-SEP-Y6V4 -s 172.16.0.131/32 -m comment --comment "vpcgate/web:main" -j KUBE-MARK-MASQ
-A KUBE-SEP-Y6V4 -p tcp -m comment --comment "vpcgate/web:main" -m tcp -j DNAT --to-destination 172.16.0.131:8080
-A KUBE-SERVICES -d 10.247.0.80/32 -p tcp -m comment --comment "vpcgate/web:main cluster IP" -m tcp --dport 80 -j KUBE-SVC-EZ4R
-A KUBE-SVC-EZ4R -d 10.247.0.80/32 ! -i veth+ -p tcp -m comment --comment "vpcgate/web:main cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-EZ4R -m comment --comment "vpcgate/web:main -> 172.16.0.131:8080" -j KUBE-SEP-Y6V4
-A KUBE-SVC-TCOU -m comment --comment "kube-system/kube-dns:dns -> 172.16.0.2:53" -j KUBE-SEP-ZPK3
`

// Two Services as that node shall have them.
func proxied() topology.Cluster {
	c := worlds.OneVPC(topology.Routed).Clusters[0]
	c.Pods[1].Address = netip.MustParseAddr("172.16.0.131")
	service := func(name, address string, nodePort uint16, backends ...string) topology.Service {
		return topology.Service{
			Name: name, Address: netip.MustParseAddr(address), Protocol: topology.TCP, Port: 80, TargetPort: 8080,
			NodePort: nodePort, Policy: topology.LocalPolicy, Backends: backends,
		}
	}
	c.Services = []topology.Service{service("web", "10.247.0.80", 30080, "pod-b"), service("empty", "10.247.0.81", 30081)}
	return c
}

// What is read on a node that is up to date is what is expected of it.
func TestReadRules_finds_what_is_expected(t *testing.T) {
	t.Parallel()
	expected := expectedRules(proxied())
	if got := readRules(saved); !slices.Equal(got, expected["node-1"]) {
		t.Errorf("read %q, expected %q", got, expected["node-1"])
	}
	if slices.Equal(expected["node-1"], expected["node-2"]) || expected.equal(nil) || !expected.equal(expectedRules(proxied())) {
		t.Error("the rules of nodes, or of worlds, are confused")
	}
	if got := readRules(""); len(got) != 0 {
		t.Errorf("read %q in nothing", got)
	}
}

// The Services of the world, as objects, and which pods stand behind them.
func TestWorldService(t *testing.T) {
	t.Parallel()
	c := proxied()
	var out strings.Builder
	for _, s := range c.Services {
		text, err := yaml.Marshal(worldService(s))
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n" + string(text))
	}
	golden.Assert(t, "testdata/services.golden.yaml", out.String())
	if got := podLabels(c, "pod-b"); got[serviceLabel("web")] != "true" || got[serviceLabel("empty")] != "" {
		t.Errorf("pod-b has labels %v", got)
	}
	if !sameService(worldService(c.Services[0]), worldService(c.Services[0])) {
		t.Error("a Service is not the same as itself")
	}
	other := c.Services[0]
	other.Policy = topology.ClusterPolicy
	if sameService(worldService(c.Services[0]), worldService(other)) {
		t.Error("a Service of another policy is the same")
	}
}

// Private names are zones of their own, where the server knows them.
func TestCorefile(t *testing.T) {
	t.Parallel()
	w := worlds.NamedVPC(topology.Tunnel)
	golden.Assert(t, "testdata/corefile.golden.txt", corefile(w))
	w.Clusters[0].DNS.PrivateNames = false
	if got := corefile(w); got != clusterZone {
		t.Errorf("without private names it is %s", got)
	}
}

// A node is crowded when the world's pods need every address of its block.
func TestCrowded(t *testing.T) {
	t.Parallel()
	c := worlds.SmallBlocks(topology.Routed).Clusters[0]
	if usableOf(worlds.SmallNode1Block) != 13 || !crowded(c, "node-1") || crowded(c, "node-2") || roomiest(c) != "node-2" {
		t.Errorf("node-1 has %d pods in %d addresses; the roomiest is %s", ownPods(c, "node-1"), usableOf(worlds.SmallNode1Block), roomiest(c))
	}
}

// The DNS is bound away from a crowded node wherever its pod may be just now, and
// left alone when it is bound already or nothing is crowded.
func TestRoomForDNS(t *testing.T) {
	t.Parallel()
	crowd := worlds.SmallBlocks(topology.Tunnel).Clusters[0]
	named := worlds.NamedVPC(topology.Tunnel).Clusters[0]
	for _, c := range []struct {
		name, bound, want string
		cluster           topology.Cluster
	}{
		{name: "bound nowhere", cluster: crowd, want: "node-2"},
		{name: "bound to the crowded node", cluster: crowd, bound: "node-1", want: "node-2"},
		{name: "bound to the other node", cluster: crowd, bound: "node-2"},
		{name: "no node crowded", cluster: named, bound: "node-1"},
		{name: "no node crowded, bound nowhere", cluster: named},
	} {
		if got := roomForDNS(c.cluster, c.bound); got != c.want {
			t.Errorf("%s: moved to %q, want %q", c.name, got, c.want)
		}
	}
}
