package change_test

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

var (
	cidr = netip.MustParsePrefix
	addr = netip.MustParseAddr
)

// row is a change of the world with everything: how it reads, and what the world
// has after it and had not before.
type row struct {
	change change.Change
	text   string
	holds  func(w *topology.World) bool
}

// checkChanges applies every change to the routed form of Everything, which must
// stay valid.
func checkChanges(t *testing.T, rows []row) {
	t.Helper()
	checkChangesOf(t, func() topology.World { return worlds.Everything(topology.Routed) }, rows)
}

func checkChangesOf(t *testing.T, given func() topology.World, rows []row) {
	t.Helper()
	for _, r := range rows {
		w := given()
		if r.change.String() != r.text {
			t.Errorf("reads %q, want %q", r.change, r.text)
		}
		edited, err := change.Edit(w, r.change)
		switch {
		case err != nil:
			t.Errorf("%s: %v", r.text, err)
		case r.holds(&w) || !r.holds(&edited):
			t.Errorf("%s: holds before: %v, after: %v", r.text, r.holds(&w), r.holds(&edited))
		case !reflect.DeepEqual(w, given()):
			t.Errorf("%s: the given world was touched", r.text)
		default:
			if err := edited.Validate(); err != nil {
				t.Errorf("%s: it left an invalid world: %v", r.text, err)
			}
		}
	}
}

func host(w *topology.World, name string) topology.Host {
	h, _ := w.Host(name)
	return h
}

func hasTranslator(w *topology.World, name string) bool {
	_, known := w.Translator(name)
	return known
}

func pod(w *topology.World, name string) topology.Pod {
	for _, p := range w.Clusters[0].Pods {
		if p.Name == name {
			return p
		}
	}
	return topology.Pod{}
}

func TestEdit_networks(t *testing.T) {
	rule := worlds.AllowFrom("office", worlds.SubnetBCIDR)
	c := cidr("192.170.0.0/16")
	checkChanges(t, []row{
		{change.AddACL{ACL: topology.NetworkACL{Name: "acl-2"}}, "add network ACL acl-2", func(w *topology.World) bool { return len(w.NetworkACLs) == 2 }},
		{change.AttachACL{Subnet: "subnet-b", ACL: "acl-p"}, "attach network ACL acl-p to subnet subnet-b", func(w *topology.World) bool { return w.VPCs[0].Subnets[1].ACL == "acl-p" }},
		{change.DetachACL{Subnet: "subnet-p"}, "detach the network ACL of subnet subnet-p", func(w *topology.World) bool { return w.VPCs[1].Subnets[0].ACL == "" }},
		{
			change.AdmitACLRule{ACL: "acl-p", Rule: rule},
			"add rule office (ingress allow all 192.168.20.0/24) to network ACL acl-p",
			func(w *topology.World) bool { return slices.Contains(w.NetworkACLs[0].Rules, rule) },
		},
		{change.RevokeACLRule{ACL: "acl-p", Rule: "all-in"}, "remove rule all-in from network ACL acl-p", func(w *topology.World) bool { return len(w.NetworkACLs[0].Rules) == 2 }},
		{
			change.AddSubnet{VPC: "vpc-demo2", Subnet: topology.Subnet{Name: "new", CIDR: cidr("10.1.9.0/24"), ACL: "acl-p"}},
			"add subnet new 10.1.9.0/24 to vpc-demo2",
			func(w *topology.World) bool { _, s, _ := w.SubnetOf("new"); return s.CIDR == cidr("10.1.9.0/24") },
		},
		{change.AssociateTable{Subnet: "subnet-p2", Table: "rtb-demo2"}, "associate subnet subnet-p2 with table rtb-demo2", func(w *topology.World) bool { return w.VPCs[1].Subnets[1].RouteTable == "rtb-demo2" }},
		{change.AddCIDR{VPC: "vpc-demo", CIDR: c}, "add CIDR 192.170.0.0/16 to vpc-demo", func(w *topology.World) bool { return slices.Contains(w.VPCs[0].CIDRs, c) }},
		{change.SetQuota{Table: "rtb-b", Routes: 3}, "set the quota of table rtb-b to 3 routes", func(w *topology.World) bool { return table(*w, "rtb-b").Quota == 3 }},
		{change.SetQuota{Table: "rtb-b"}, "lift the quota of table rtb-b", func(w *topology.World) bool { return table(*w, "rtb-b").Quota == 0 }},
		{
			change.AddRoute{Table: "rtb-p2", Route: topology.Route{Destination: c, Peering: "peering-demo"}},
			"add route 192.170.0.0/16 → peering-demo to table rtb-p2",
			func(w *topology.World) bool { return len(table(*w, "rtb-p2").Routes) == 2 },
		},
		{change.EnableSourceCheck{Machine: "node-1"}, "turn the source check of node-1 on", func(w *topology.World) bool { return !w.Clusters[0].Nodes[0].NIC.SourceCheckOff }},
		{change.DisableSourceCheck{Machine: "lb-web"}, "turn the source check of lb-web off", func(w *topology.World) bool { return w.LoadBalancers[0].NIC.SourceCheckOff }},
		{
			change.RenumberVPC{VPC: "vpc-demo2", CIDR: cidr("10.99.0.0/16")},
			"move vpc-demo2 to 10.99.0.0/16",
			func(w *topology.World) bool {
				return w.VPCs[1].CIDRs[0] == cidr("10.99.0.0/16") && w.VPCs[1].Subnets[1].CIDR == cidr("10.99.1.0/24") &&
					host(w, "ecs-p2").NIC.Address == addr("10.99.1.25") && w.Translators[1].Source == addr("10.99.1.60") &&
					w.Translators[0].Source == addr("198.19.128.7") && w.VPCs[0].RouteTables[0].Routes[0].Destination == worlds.Demo2CIDR
			},
		},
		{
			change.All(change.AddSubnet{VPC: "vpc-demo2", Subnet: topology.Subnet{Name: "new", CIDR: cidr("10.1.9.0/24")}}, change.RemoveSubnet{Subnet: "new"}, change.AddCIDR{VPC: "vpc-demo2", CIDR: c}, change.AddCIDR{VPC: "vpc-demo", CIDR: c}, change.RemoveCIDR{VPC: "vpc-demo", CIDR: c}),
			"add subnet new 10.1.9.0/24 to vpc-demo2; delete subnet new; add CIDR 192.170.0.0/16 to vpc-demo2; add CIDR 192.170.0.0/16 to vpc-demo; remove CIDR 192.170.0.0/16 from vpc-demo",
			func(w *topology.World) bool { return slices.Contains(w.VPCs[1].CIDRs, c) },
		},
	})
}

func TestEdit_gateways(t *testing.T) {
	vpn := topology.VPN{Name: "line", VPC: "vpc-demo2", OnPremises: "office"}
	nat := topology.NATGateway{Name: "nat-2", VPC: "vpc-demo2", Internet: "internet", Address: addr("203.0.113.8")}
	endpoint := topology.Translator{
		Name: "endpoint-25", Kind: topology.VPCEndpoint, Target: "ecs-25", Source: addr("198.19.128.9"),
		NIC: topology.NIC{Subnet: "subnet-p", Address: addr("10.1.0.60"), SecurityGroups: []string{"sg-open"}},
	}
	checkChanges(t, []row{
		{change.AddVPN{VPN: vpn}, "connect vpc-demo2 with office by VPN line", func(w *topology.World) bool { return slices.Contains(w.VPNs, vpn) }},
		{
			change.RemoveVPN{VPN: "vpn-office"},
			"delete VPN vpn-office",
			func(w *topology.World) bool {
				return len(w.VPNs) == 0 && len(table(*w, "rtb-office").Routes) == 0 && len(table(*w, "rtb-b").Routes) == 3
			},
		},
		{change.SetMSS{VPN: "vpn-office", Bytes: 1300}, "clamp the segment size on VPN vpn-office to 1300 bytes", func(w *topology.World) bool { return w.VPNs[0].MSS == 1300 }},
		{change.SetMSS{VPN: "vpn-office"}, "stop clamping the segment size on VPN vpn-office", func(w *topology.World) bool { return w.VPNs[0].MSS == 0 }},
		{change.AddNATGateway{Gateway: nat}, "add NAT gateway nat-2 to vpc-demo2", func(w *topology.World) bool { return len(w.NATGateways) == 2 }},
		{
			change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.SubnetBCIDR, worlds.PeeredContainerCIDR}},
			"make the SNAT rules of nat-demo select 192.168.20.0/24, 10.0.0.0/16",
			func(w *topology.World) bool { return w.NATGateways[0].Sources[0] == worlds.SubnetBCIDR },
		},
		{change.SetSNAT{Gateway: "nat-demo"}, "make the SNAT rules of nat-demo select nothing", func(w *topology.World) bool { return len(w.NATGateways[0].Sources) == 0 }},
		{change.AddTranslator{Translator: endpoint}, "add vpc-endpoint endpoint-25 at 10.1.0.60 for ecs-25", func(w *topology.World) bool { return hasTranslator(w, "endpoint-25") }},
		{change.RemoveTranslator{Translator: "transit-p"}, "remove translator transit-p", func(w *topology.World) bool { return !hasTranslator(w, "transit-p") }},
		{change.PointName{Name: "app", Target: "lb-web", Port: 80}, "direct app to lb-web:80", func(w *topology.World) bool { return w.Names[0].Target == "lb-web" && w.Names[0].Port == 80 }},
		{change.PointName{Name: "app", Target: "ecs-p"}, "direct app to ecs-p", func(w *topology.World) bool { return w.Names[0].Port == 0 }},
	})
}

func TestEdit_hosts(t *testing.T) {
	rule := topology.FirewallRule{Name: "no-web", Chain: topology.InputChain, Protocol: topology.TCP, Ports: topology.Port(80), CIDR: worlds.NodeCIDR}
	checkChanges(t, []row{
		{change.InstallEngine{Host: "ecs-p", Engine: topology.Engine{}}, "install a container engine on ecs-p", func(w *topology.World) bool { return host(w, "ecs-p").Engine != nil }},
		{
			change.InstallEngine{Host: "ecs-p", Engine: topology.Engine{BridgeIP: cidr("172.16.0.1/16")}},
			"install a container engine with bip 172.16.0.1/16 on ecs-p",
			func(w *topology.World) bool { return host(w, "ecs-p").Engine != nil },
		},
		{change.RemoveEngine{Host: "ecs-25"}, "remove the container engine of ecs-25", func(w *topology.World) bool { return host(w, "ecs-25").Engine == nil }},
		{
			change.SetBridgeIP{Host: "ecs-25", Address: cidr("172.16.0.1/16")},
			"set the bridge of ecs-25 to 172.16.0.1/16",
			func(w *topology.World) bool {
				return host(w, "ecs-25").Engine.Containers[0].Address == addr("172.16.0.2")
			},
		},
		{
			change.SetBridgeIP{Host: "ecs-25"},
			"leave the bridge of ecs-25 to its container engine",
			func(w *topology.World) bool {
				e := host(w, "ecs-25").Engine
				return !e.BridgeIP.IsValid() && e.Containers[0].Address == addr("10.201.0.2")
			},
		},
		{
			change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "two", CIDR: cidr("10.204.0.0/16")}},
			"create engine network two 10.204.0.0/16 on ecs-25",
			func(w *topology.World) bool { return len(host(w, "ecs-25").Engine.Networks) == 3 },
		},
		{
			change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "two"}},
			"create engine network two on ecs-25",
			func(w *topology.World) bool { return len(host(w, "ecs-25").Engine.Networks) == 3 },
		},
		{change.RemoveEngineNetwork{Host: "ecs-25", Network: "compose"}, "remove engine network compose from ecs-25", func(w *topology.World) bool { return len(host(w, "ecs-25").Engine.Networks) == 1 }},
		{change.AddHostRoute{Host: "ecs-p", Destination: cidr("10.0.0.0/24")}, "add a static route to 10.0.0.0/24 on ecs-p", func(w *topology.World) bool { return len(host(w, "ecs-p").Routes) == 1 }},
		{change.RemoveHostRoute{Host: "ecs-25", Destination: worlds.PeeredContainerCIDR}, "remove the static route to 10.0.0.0/16 from ecs-25", func(w *topology.World) bool { return len(host(w, "ecs-25").Routes) == 0 }},
		{change.SetReversePath{Host: "ecs-p", Filter: change.StrictFilter}, "make the reverse-path filter of ecs-p strict", func(w *topology.World) bool { return host(w, "ecs-p").StrictReversePath }},
		{change.SetReversePath{Host: "ecs-25", Filter: change.LooseFilter}, "make the reverse-path filter of ecs-25 loose", func(w *topology.World) bool { return !host(w, "ecs-25").StrictReversePath }},
		{change.HonourLinkDown{Host: "ecs-25"}, "keep the routes of idle bridges on ecs-25", func(w *topology.World) bool { return !host(w, "ecs-25").IgnoreLinkDown }},
		{change.IgnoreLinkDown{Host: "ecs-p"}, "ignore the routes of idle bridges on ecs-p", func(w *topology.World) bool { return host(w, "ecs-p").IgnoreLinkDown }},
		{
			change.SetWhitelist{Host: "ecs-p", Whitelist: topology.AllowList(worlds.NodeCIDR)},
			"set the whitelist of ecs-p to 192.168.10.0/24",
			func(w *topology.World) bool { return host(w, "ecs-p").Whitelist != nil },
		},
		{change.SetWhitelist{Host: "ecs-25"}, "disable the whitelist of ecs-25", func(w *topology.World) bool { return !host(w, "ecs-25").Whitelist.Enabled }},
		{change.AddFirewallRule{Machine: "ecs-p", Rule: rule}, "make the firewall of ecs-p drop no-web (input tcp/80 192.168.10.0/24)", func(w *topology.World) bool { return len(host(w, "ecs-p").Firewall) == 1 }},
		{change.RemoveFirewallRule{Machine: "node-2", Rule: "no-pings"}, "remove rule no-pings from the firewall of node-2", func(w *topology.World) bool { return len(w.Clusters[0].Nodes[1].Firewall) == 0 }},
	})
}

func TestEdit_nodes(t *testing.T) {
	node := func(i int, holds func(n topology.Node) bool) func(w *topology.World) bool {
		return func(w *topology.World) bool { return holds(w.Clusters[0].Nodes[i]) }
	}
	checkChanges(t, []row{
		{change.CordonNode{Node: "node-1"}, "cordon node-1", node(0, func(n topology.Node) bool { return n.Cordoned })},
		{change.UncordonNode{Node: "node-2"}, "uncordon node-2", node(1, func(n topology.Node) bool { return !n.Cordoned })},
		{change.StopForwarding{Node: "node-1"}, "turn off IP forwarding on node-1", node(0, func(n topology.Node) bool { return n.ForwardingOff })},
		{change.StartForwarding{Node: "node-2"}, "turn on IP forwarding on node-2", node(1, func(n topology.Node) bool { return !n.ForwardingOff })},
		{change.FillConntrack{Node: "node-1"}, "fill the connection tracking table of node-1", node(0, func(n topology.Node) bool { return n.ConntrackFull })},
		{change.RaiseConntrack{Node: "node-2"}, "enlarge the connection tracking table of node-2", node(1, func(n topology.Node) bool { return !n.ConntrackFull })},
		{change.LoseFragNeeded{Node: "node-1"}, "drop fragmentation-needed messages on node-1", node(0, func(n topology.Node) bool { return n.DropsFragNeeded })},
		{change.PassFragNeeded{Node: "node-2"}, "pass fragmentation-needed messages on node-2", node(1, func(n topology.Node) bool { return !n.DropsFragNeeded })},
	})
	checkChangesOf(t, func() topology.World { return worlds.Everything(topology.Tunnel) }, []row{
		{change.AddBlock{Node: "node-1", Block: cidr("10.0.1.16/28")}, "give node node-1 the block 10.0.1.16/28 too", node(0, func(n topology.Node) bool { return len(n.MoreBlocks) == 1 })},
	})
}

func TestEdit_pods(t *testing.T) {
	late := topology.Pod{Name: "pod-new", Node: "node-1", Address: addr("10.0.0.11"), Listeners: []topology.Listener{tcp80}}
	checkChanges(t, []row{
		{change.MovePod{Pod: "pod-b", Node: "node-1", Address: addr("10.0.0.11")}, "move pod pod-b to node-1, with address 10.0.0.11", func(w *topology.World) bool { return pod(w, "pod-b").Node == "node-1" }},
		{change.MovePod{Pod: "pod-b", Node: "node-2", Address: addr("10.0.1.9")}, "move pod pod-b to node-2, with address 10.0.1.9", func(w *topology.World) bool { return pod(w, "pod-b").Address == addr("10.0.1.9") }},
		{
			change.All(change.UncordonNode{Node: "node-2"}, change.MovePod{Pod: "host-pod", Node: "node-2"}), "uncordon node-2; move pod host-pod to node-2",
			func(w *topology.World) bool { return pod(w, "host-pod").Node == "node-2" },
		},
		{change.AssignAddress{Pod: "pod-late", Address: addr("10.0.1.6")}, "give pod pod-late the address 10.0.1.6", func(w *topology.World) bool { return !pod(w, "pod-late").Pending }},
		{change.WithholdAddress{Pod: "pod-c"}, "leave pod pod-c without address", func(w *topology.World) bool { return pod(w, "pod-c").Pending && !pod(w, "pod-c").Address.IsValid() }},
		{change.AddPods{Cluster: "demo", Pods: []topology.Pod{late}}, "start pods pod-new in cluster demo", func(w *topology.World) bool { return pod(w, "pod-new").Node == "node-1" }},
		{
			change.RemovePods{Cluster: "demo", Pods: []string{"pod-b", "pod-c"}},
			"delete pods pod-b, pod-c of cluster demo",
			func(w *topology.World) bool {
				return len(w.Clusters[0].Pods) == 3 && slices.Equal(w.Clusters[0].Services[0].Backends, []string{"pod-a"})
			},
		},
	})
	many := change.RemovePods{Cluster: "demo", Pods: []string{"p-1", "p-2", "p-3", "p-4", "p-5"}}
	if want := "delete 5 pods (p-1 … p-5) of cluster demo"; many.String() != want {
		t.Errorf("reads %q, want %q", many, want)
	}
}

func TestEdit_clusters(t *testing.T) {
	demo := func(holds func(c topology.Cluster) bool) func(w *topology.World) bool {
		return func(w *topology.World) bool { return holds(w.Clusters[0]) }
	}
	more := change.ExpandContainers{Cluster: "demo", CIDR: cidr("10.240.0.0/16"), Blocks: []change.NodeBlock{{Node: "node-1", Block: cidr("10.240.0.0/25")}}}
	expanded := func(managed int) func(w *topology.World) bool {
		return func(w *topology.World) bool {
			routes := 0
			for _, name := range []string{"rtb-demo", "rtb-b", "rtb-demo2", "rtb-p2"} {
				if slices.Contains(table(*w, name).Routes, topology.Route{Destination: cidr("10.240.0.0/25"), Instance: "node-1", Managed: true}) {
					routes++
				}
			}
			c := w.Clusters[0]
			return len(c.ContainerCIDRs) == 2 && c.Nodes[0].Has(addr("10.240.0.9")) && routes == managed
		}
	}
	checkChanges(t, []row{
		{
			change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{worlds.DemoCIDR}},
			"set nonMasqueradeCIDRs of cluster demo to 192.168.0.0/16",
			demo(func(c topology.Cluster) bool { return len(c.NonMasqueradeCIDRs) == 1 }),
		},
		{
			change.ReplaceContainers{Cluster: "demo", CIDR: cidr("10.64.0.0/14")},
			"create cluster demo anew with container CIDR 10.64.0.0/14",
			func(w *topology.World) bool {
				c := w.Clusters[0]
				return c.ContainerCIDRs[0] == cidr("10.64.0.0/14") && c.Nodes[1].Block == cidr("10.64.0.128/25") && c.Nodes[1].MoreBlocks[0] == cidr("10.64.1.0/28") &&
					pod(w, "pod-b").Address == addr("10.64.0.138") && !pod(w, "pod-late").Address.IsValid() &&
					table(*w, "rtb-b").Routes[1].Destination == cidr("10.64.0.128/25") && table(*w, "rtb-demo2").Routes[1].Destination == worlds.PeeredContainerCIDR
			},
		},
		{more, "add container CIDR 10.240.0.0/16 to cluster demo", expanded(2)},
		{
			change.SetServiceCIDR{Cluster: "demo", CIDR: cidr("10.96.0.0/12")},
			"create cluster demo anew with Service CIDR 10.96.0.0/12",
			demo(func(c topology.Cluster) bool {
				return c.Services[0].Address == addr("10.96.0.80") && c.ServiceCIDR == cidr("10.96.0.0/12")
			}),
		},
		{change.SetMTU{Cluster: "demo", Bytes: 1500}, "give the pods of cluster demo an MTU of 1500 bytes", demo(func(c topology.Cluster) bool { return c.PodMTU == 1500 })},
		{change.SetMTU{Cluster: "demo"}, "give the pods of cluster demo the MTU of its mode", demo(func(c topology.Cluster) bool { return c.PodMTU == 0 })},
		{
			change.ConfigureDNS{Cluster: "demo", DNS: topology.DNS{Node: "node-1"}},
			"run the DNS of cluster demo on node-1 without the private names",
			demo(func(c topology.Cluster) bool { return *c.DNS == topology.DNS{Node: "node-1"} }),
		},
		{
			change.ConfigureDNS{Cluster: "demo", DNS: topology.DNS{Node: "node-1", PrivateNames: true}},
			"run the DNS of cluster demo on node-1 with the private names",
			demo(func(c topology.Cluster) bool { return c.DNS.Node == "node-1" }),
		},
		{
			change.AddNetworkPolicy{Cluster: "demo", Policy: topology.NetworkPolicy{Name: "none", Pods: []string{"pod-b"}}},
			"add network policy none to cluster demo",
			demo(func(c topology.Cluster) bool { return len(c.NetworkPolicies) == 2 }),
		},
		{change.RemoveNetworkPolicy{Cluster: "demo", Policy: "egress"}, "remove network policy egress from cluster demo", demo(func(c topology.Cluster) bool { return len(c.NetworkPolicies) == 0 })},
		{change.SetTrafficPolicy{Service: "svc-web", Policy: topology.ClusterPolicy}, "set externalTrafficPolicy of svc-web to Cluster", demo(func(c topology.Cluster) bool { return c.Services[0].Policy == topology.ClusterPolicy })},
		{change.SetBackends{Service: "svc-web", Pods: []string{"pod-c"}}, "make the selector of svc-web match pod-c", demo(func(c topology.Cluster) bool { return c.Services[0].Backends[0] == "pod-c" })},
		{change.SetBackends{Service: "svc-web"}, "make the selector of svc-web match nothing", demo(func(c topology.Cluster) bool { return len(c.Services[0].Backends) == 0 })},
		{
			change.AddService{Cluster: "demo", Service: topology.Service{Name: "svc-2", Address: addr("10.247.0.81"), Protocol: topology.UDP, Port: 53, TargetPort: 53}},
			"add Service svc-2 to cluster demo",
			demo(func(c topology.Cluster) bool { return len(c.Services) == 2 }),
		},
		{
			change.All(change.PointName{Name: "shop", Target: "ecs-p"}, change.RemoveService{Service: "svc-web"}), "direct shop to ecs-p; remove Service svc-web",
			demo(func(c topology.Cluster) bool { return len(c.Services) == 0 }),
		},
	})
	checkChangesOf(t, func() topology.World { return worlds.Everything(topology.Tunnel) }, []row{
		{more, "add container CIDR 10.240.0.0/16 to cluster demo", expanded(0)},
	})
}

// A planning fault is a change that leads to a world which Validate refuses.
func TestEdit_letsPlansBeRefused(t *testing.T) {
	for _, c := range []struct {
		change change.Change
		want   []topology.RuleID
	}{
		{change.ReplaceContainers{Cluster: "demo", CIDR: cidr("192.168.128.0/17")}, []topology.RuleID{topology.ContainersInVPC}},
		{change.SetServiceCIDR{Cluster: "demo", CIDR: cidr("172.16.0.0/20")}, []topology.RuleID{topology.ServicesInContainers}},
		{change.SetServiceCIDR{Cluster: "demo", CIDR: cidr("192.168.64.0/20")}, []topology.RuleID{topology.ServicesInVPC}},
		{change.AddCIDR{VPC: "vpc-demo", CIDR: cidr("172.16.9.0/24")}, []topology.RuleID{topology.ContainersInVPC}},
		{change.SetNonMasquerade{Cluster: "demo", CIDRs: []netip.Prefix{cidr("192.168.1.1/24"), cidr("10.0.0.0/8"), cidr("10.1.0.0/16")}}, []topology.RuleID{topology.NotCanonical, topology.EntriesOverlap}},
	} {
		edited, err := change.Edit(worlds.OneVPC(topology.Routed), c.change)
		if err != nil {
			t.Errorf("%s: %v", c.change, err)
			continue
		}
		if got := topology.Violations(edited.Validate()); !slices.Equal(got, c.want) {
			t.Errorf("%s: violates %v, want %v", c.change, got, c.want)
		}
	}
}

// The platform forbids to touch a node's engine, whatever comes of it.
func TestEdit_refusesANodesEngine(t *testing.T) {
	for _, c := range []change.Change{
		change.SetBridgeIP{Host: "node-1", Address: cidr("172.16.0.1/16")},
		change.InstallEngine{Host: "node-1"},
		change.RemoveEngine{Host: "node-1"},
		change.CreateEngineNetwork{Host: "node-1", Network: topology.EngineNetwork{Name: "x"}},
		change.RemoveEngineNetwork{Host: "node-1", Network: "x"},
	} {
		_, err := change.Edit(given(), c)
		if !errors.Is(err, change.ErrRefused) || !slices.Equal(topology.Violations(err), []topology.RuleID{topology.EngineOnNode}) {
			t.Errorf("%s: got %v", c, err)
		}
	}
	after, refusal, err := change.Request(given(), change.RemoveEngine{Host: "node-1"})
	if !reflect.DeepEqual(after, given()) || !errors.Is(refusal, change.ErrRefused) || err != nil {
		t.Errorf("a refused request: got %v, %v; the world is as it was: %v", refusal, err, reflect.DeepEqual(after, given()))
	}
	_, err = change.Edit(given(), change.SetBridgeIP{Host: "node-1"})
	if want := `change "leave the bridge of node-1 to its container engine" of world peered-vpcs: the platform refuses it: world peered-vpcs: node node-1: the container engine belongs to cluster demo`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
