package topology_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestEndpoint_ofEveryKind(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	for _, row := range []struct {
		name    string
		kind    topology.EndpointKind
		address string
		machine string
		listens bool // on tcp/80
	}{
		{"ecs-p", topology.KindHost, "10.1.0.25", "ecs-p", true},
		{"node-2", topology.KindNode, "192.168.10.12", "node-2", true},
		{"pod-b", topology.KindPod, "10.0.0.138", "node-2", false},
		{"host-pod", topology.KindHostPod, "192.168.10.11", "node-1", false},
		{"svc-web", topology.KindService, "10.247.0.80", "", true},
		{"endpoint-p", topology.KindTranslator, "192.168.20.60", "endpoint-p", true},
		{"lb-web", topology.KindBalancer, "192.168.20.70", "lb-web", true},
	} {
		e, known := w.Endpoint(row.name)
		if !known || e.Kind != row.kind || e.Address != addr(row.address) || e.Machine != row.machine || e.Attached.Address.IsValid() != (row.machine != "") {
			t.Errorf("%s is %+v", row.name, e)
		}
		if e.Listens(topology.TCP, 80) != row.listens || e.Listens(topology.ICMP, 0) == (row.kind == topology.KindService) {
			t.Errorf("%s: listens on tcp/80: %v", row.name, e.Listens(topology.TCP, 80))
		}
		nic, owned := w.NIC(row.name)
		if owned != (row.machine == row.name) || owned && nic.Address != e.Address {
			t.Errorf("%s: has NIC %+v: %v", row.name, nic, owned)
		}
	}
	if e, known := w.Endpoint("shop"); !known || e.Name != "svc-web" || e.Cluster == nil {
		t.Errorf("the name shop stands for %+v", e)
	}
	for _, e := range w.Endpoints() {
		if e.Kind == topology.KindService || e.Kind == topology.KindTranslator || e.Kind == topology.KindBalancer {
			t.Errorf("%s can be asked from", e.Name)
		}
	}
	if got := w.Members("sg-open"); !slices.Contains(got, addr("192.168.20.60")) || !slices.Contains(got, addr("192.168.20.70")) {
		t.Errorf("sg-open has members %v", got)
	}
}

func TestTarget(t *testing.T) {
	w := worlds.Everything(topology.Tunnel)
	for _, row := range []struct{ flow, want topology.Flow }{
		{topology.OverTCP("pod-a", "app", 9000), topology.OverTCP("pod-a", "ecs-p", 80)},
		{topology.OverTCP("pod-a", "shop", 9000), topology.OverTCP("pod-a", "svc-web", 9000)},
		{topology.Ping("pod-a", "app"), topology.Ping("pod-a", "ecs-p")},
		{topology.Resolve("pod-a", "app"), topology.Resolve("pod-a", "app")},
		{topology.OverTCP("pod-a", "ecs-p", 9000), topology.OverTCP("pod-a", "ecs-p", 9000)},
		{topology.Established("pod-a", "app", 0), topology.Established("pod-a", "ecs-p", 80)},
	} {
		if got := w.Target(row.flow); got != row.want {
			t.Errorf("%s: got %s, want %s", row.flow, got, row.want)
		}
	}
}

func TestSees(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	from, _ := w.Endpoint("pod-b")
	for source, want := range map[string]string{
		"10.0.0.138":    "pod-b",
		"192.168.10.12": "node-2",
		"10.0.0.129":    "node-2",
		"10.0.1.1":      "node-2",
		"192.168.10.11": "node-1",
		"10.0.0.1":      "node-1",
		"198.19.128.7":  "endpoint-p",
		"10.1.1.60":     "transit-p",
		"192.168.20.70": "lb-web",
		"203.0.113.7":   "nat-demo",
		"10.0.0.10":     "",
		"10.1.0.25":     "",
	} {
		if got, ok := w.Sees(from, addr(source)); got != want || ok != (want != "") {
			t.Errorf("%s is seen as %q, %v; want %q", source, got, ok, want)
		}
	}
	late, _ := w.Endpoint("pod-late")
	if name, ok := w.Sees(late, netip.Addr{}); ok {
		t.Errorf("no address is seen as %s", name)
	}
}

func TestNode_gateways(t *testing.T) {
	n := worlds.Everything(topology.Tunnel).Clusters[0].Nodes[1]
	for a, want := range map[string]string{"10.0.0.138": "10.0.0.129", "10.0.1.5": "10.0.1.1", "10.9.9.9": "10.0.0.129"} {
		if got := n.GatewayOf(addr(a)); got != addr(want) {
			t.Errorf("the gateway of %s is %s, want %s", a, got, want)
		}
	}
	if n.Gateway() != addr("10.0.0.129") || !n.Has(addr("10.0.1.5")) || n.Has(addr("10.0.1.16")) {
		t.Errorf("gateway %s of %v", n.Gateway(), n.Blocks())
	}
}

func TestServiceAt(t *testing.T) {
	w := worlds.Everything(topology.Tunnel)
	c := &w.Clusters[0]
	for _, row := range []struct {
		dst      string
		protocol topology.Protocol
		port     uint16
		found    bool
	}{
		{"10.247.0.80", topology.TCP, 80, true},
		{"10.247.0.80", topology.UDP, 80, false},
		{"10.247.0.80", topology.TCP, 8080, false},
		{"192.168.10.11", topology.TCP, 30080, true},
		{"192.168.10.25", topology.TCP, 30080, false},
		{"10.247.0.80", topology.TCP, 30080, false},
	} {
		if _, found := c.ServiceAt(addr(row.dst), row.protocol, row.port); found != row.found {
			t.Errorf("%s %s/%d: %v", row.dst, row.protocol, row.port, found)
		}
	}
	policy := c.NetworkPolicies[0]
	if !policy.Allows(worlds.ECSP) || policy.Allows(worlds.ECSB) {
		t.Errorf("the policy's exception has no effect: %+v", policy.Egress)
	}
}

func TestWhitelist_admits(t *testing.T) {
	groups := []topology.WhitelistGroup{{Name: "a"}, {Name: "b", Entries: cidrs("192.168.10.0/24")}}
	for _, row := range []struct {
		list *topology.Whitelist
		far  string
		want bool
	}{
		{nil, "10.0.0.1", true},
		{&topology.Whitelist{Groups: groups}, "10.0.0.1", true},
		{&topology.Whitelist{Enabled: true, Groups: groups}, "10.0.0.1", false},
		{&topology.Whitelist{Enabled: true, Groups: groups}, "192.168.10.1", true},
		{&topology.Whitelist{Enabled: true}, "192.168.10.1", true},
		{&topology.Whitelist{Enabled: true, Groups: groups[:1]}, "192.168.10.1", false},
		{&topology.Whitelist{Enabled: true, Block: true, Groups: groups}, "192.168.10.1", false},
		{&topology.Whitelist{Enabled: true, Block: true, Groups: groups}, "10.0.0.1", true},
		{&topology.Whitelist{Block: true, Groups: groups}, "192.168.10.1", true},
	} {
		if got := row.list.Admits(addr(row.far)); got != row.want {
			t.Errorf("%+v admits %s: %v", row.list, row.far, got)
		}
	}
}

func TestEffectiveRoutes(t *testing.T) {
	states := func(w topology.World) []topology.RouteState {
		v := &w.VPCs[0]
		var all []topology.RouteState
		for _, r := range w.EffectiveRoutes(v, v.RouteTables[0]) {
			all = append(all, r.State)
		}
		return all
	}
	for _, row := range []struct {
		name string
		edit func(w *topology.World)
		want []topology.RouteState
	}{
		{"as it is", func(*topology.World) {}, []topology.RouteState{topology.InEffect, topology.InEffect, topology.InEffect}},
		{"a quota", func(w *topology.World) { w.VPCs[0].RouteTables[0].Quota = 2 }, []topology.RouteState{topology.InEffect, topology.InEffect}},
		{"a VPN with the same destination", func(w *topology.World) { w.VPCs[0].RouteTables[1].Routes[0].Destination = cidr("10.0.0.0/8") }, []topology.RouteState{
			topology.Shadowed, topology.InEffect, topology.InEffect,
		}},
		{"overlapping VPCs", func(w *topology.World) {
			w.VPCs[0].CIDRs = append(w.VPCs[0].CIDRs, worlds.Demo2CIDR)
			w.VPCs[0].Subnets = append(w.VPCs[0].Subnets, topology.Subnet{Name: "new", CIDR: worlds.SubnetPCIDR})
		}, []topology.RouteState{topology.Overlapping, topology.InEffect, topology.InEffect}},
	} {
		w := worlds.Everything(topology.Tunnel)
		row.edit(&w)
		if got := states(w); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

func TestEngineNetworks(t *testing.T) {
	for _, row := range []struct {
		name string
		edit func(h *topology.Host)
		want string // the blocks, then who gets 172.17.0.5
		to   string
	}{
		{"defaults", func(*topology.Host) {}, "172.17.0.0/16, 172.18.0.0/16", "docker0"},
		{"a route that was there first", func(h *topology.Host) { h.Routes = cidrs("172.17.0.0/16") }, "172.18.0.0/16, 172.19.0.0/16", ""},
		{"the last pool, in which the host is", func(h *topology.Host) { h.Engine.Pools = cidrs("192.168.16.0/20", "172.17.0.0/16") }, "172.17.0.0/16", "docker0"},
		{"a bridge of its own", func(h *topology.Host) { h.Engine.BridgeIP = cidr("172.16.0.1/12") }, "172.16.0.0/12, 192.168.0.0/20", "docker0"},
		{"a more specific network", func(h *topology.Host) {
			h.Engine.BridgeIP, h.Engine.Networks[0].CIDR = cidr("172.16.0.1/12"), cidr("172.17.0.0/24")
		}, "172.16.0.0/12, 172.17.0.0/24", "net"},
		{"an equal static route", func(h *topology.Host) {
			h.Engine.BridgeIP, h.Routes = cidr("172.17.0.1/16"), cidrs("172.17.0.0/16")
		}, "172.17.0.0/16, 172.18.0.0/16", ""},
		{"idle bridges do not count", func(h *topology.Host) { h.IgnoreLinkDown = true }, "172.17.0.0/16, 172.18.0.0/16", ""},
		{"a busy one does", func(h *topology.Host) {
			h.IgnoreLinkDown, h.Engine.Containers = true, []topology.EngineContainer{{Name: "c"}}
		}, "172.17.0.0/16, 172.18.0.0/16", "docker0"},
	} {
		w := worlds.OneVPC(topology.Tunnel)
		h := w.Hosts[2]
		h.Engine = &topology.Engine{Networks: []topology.EngineNetwork{{Name: "net"}}}
		row.edit(&h)
		var blocks []netip.Prefix
		for _, n := range w.EngineNetworks(h) {
			blocks = append(blocks, n.CIDR)
		}
		got := ""
		for i, b := range blocks {
			if i > 0 {
				got += ", "
			}
			got += b.String()
		}
		n, on := w.OnBridge(h, addr("172.17.0.5"))
		if got != row.want || n.Name != row.to || on != (row.to != "") {
			t.Errorf("%s: got %s, and 172.17.0.5 on %q", row.name, got, n.Name)
		}
	}
}
