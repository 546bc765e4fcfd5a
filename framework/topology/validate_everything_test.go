package topology_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestValidate_connections(t *testing.T) {
	vpn := func(edit func(v *topology.VPN)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.VPNs[0]) }
	}
	route := func(r topology.Route) func(w *topology.World) {
		return func(w *topology.World) { w.VPCs[1].RouteTables[1].Routes = []topology.Route{r} }
	}
	far := cidr("172.29.0.0/16")
	const place, hop = `vpns[0] "vpn-office": `, `vpcs[1].routeTables[1].routes[0] "rtb-p2": `
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"a kind", func(w *topology.World) { w.VPCs[1].Kind = "lan" }, []string{
			`vpcs[1] "vpc-demo2": unknown kind "lan"; it is vpc, on-premises or internet`,
			`peerings[0] "peering-demo": vpc-demo2 is a network of kind "lan", not "vpc"`,
		}},
		{"ends of a VPN", vpn(func(v *topology.VPN) { v.VPC, v.OnPremises = "office", "internet" }), []string{
			`vpcs[0].routeTables[0].routes[3] "rtb-demo": VPN vpn-office does not connect vpc-demo`,
			`vpcs[0].routeTables[1].routes[2] "rtb-b": VPN vpn-office does not connect vpc-demo`,
			place + `office is a network of kind "on-premises", not "vpc"`,
			place + `internet is a network of kind "internet", not "on-premises"`,
		}},
		{"an unknown end", vpn(func(v *topology.VPN) { v.OnPremises = "home" }), []string{
			`vpcs[2].routeTables[0].routes[0] "rtb-office": VPN vpn-office does not connect office`,
			place + `unknown VPC "home"`,
		}},
		{"sizes", vpn(func(v *topology.VPN) { v.MTU, v.MSS = 9000, 100 }), []string{
			place + `MTU 9000 is not between 576 and 1500`,
			place + `MSS 100 is not between 536 and 1460`,
		}},
		{"a VPN called like a peering", func(w *topology.World) {
			w.VPNs = append(w.VPNs, topology.VPN{Name: "peering-demo", VPC: "vpc-demo", OnPremises: "office"})
		}, []string{`vpns[1] "peering-demo": the name is taken by peerings[0] "peering-demo"`}},
		{"a quota", func(w *topology.World) { w.VPCs[1].RouteTables[1].Quota = -1 }, []string{`vpcs[1].routeTables[1] "rtb-p2": -1 is no quota`}},
		{"a peering as a VPN", route(topology.Route{Destination: far, VPN: "peering-demo"}), []string{hop + `unknown VPN "peering-demo"`}},
		{"a VPN as a peering", route(topology.Route{Destination: far, Peering: "vpn-office"}), []string{hop + `unknown peering "vpn-office"`}},
		{"another VPC's VPN", route(topology.Route{Destination: far, VPN: "vpn-office"}), []string{hop + `VPN vpn-office does not connect vpc-demo2`}},
		{"another VPC's NAT gateway", route(topology.Route{Destination: far, NAT: "nat-demo"}), []string{
			hop + `NAT gateway nat-demo is that of vpc-demo, not of vpc-demo2`,
		}},
		{"an unknown NAT gateway", route(topology.Route{Destination: far, NAT: "nat"}), []string{hop + `unknown NAT gateway "nat"`}},
		{"a load balancer as next hop", route(topology.Route{Destination: far, Instance: "lb-web"}), []string{hop + `unknown host or node "lb-web"`}},
		{"all next hops", route(topology.Route{Destination: far, Peering: "p", VPN: "v", NAT: "n", Instance: "i"}), []string{
			hop + `the route to 172.29.0.0/16 has 4 next hops, peering p and VPN v and NAT gateway n and instance i`,
		}},
	})
}

func TestValidate_gateways(t *testing.T) {
	nat := func(edit func(g *topology.NATGateway)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.NATGateways[0]) }
	}
	endpoint := func(edit func(x *topology.Translator)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Translators[0]) }
	}
	balancer := func(edit func(b *topology.LoadBalancer)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.LoadBalancers[0]) }
	}
	const gateway, place, lb = `natGateways[0] "nat-demo": `, `translators[0] "endpoint-p": `, `loadBalancers[0] "lb-web": `
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"the internet of a NAT gateway", nat(func(g *topology.NATGateway) { g.Internet = "office" }), []string{
			gateway + `office is a network of kind "on-premises", not "internet"`,
		}},
		{"SNAT sources", nat(func(g *topology.NATGateway) { g.Sources = cidrs("192.168.0.0/16", "192.168.10.0/24") }), []string{
			gateway + `SNAT source 192.168.10.0/24 overlaps 192.168.0.0/16`,
		}},
		{"a server's address", nat(func(g *topology.NATGateway) { g.Address = addr("203.0.113.80") }), []string{
			gateway + `address 203.0.113.80 is taken by hosts[4] "site"`,
		}},
		{"no address", nat(func(g *topology.NATGateway) { g.Address = netip.Addr{} }), []string{gateway + `the address is missing`}},
		{"a NAT gateway called like a host", nat(func(g *topology.NATGateway) { g.Name = "ecs-p" }), []string{
			`vpcs[0].routeTables[0].routes[4] "rtb-demo": unknown NAT gateway "nat-demo"`,
			`vpcs[0].routeTables[1].routes[3] "rtb-b": unknown NAT gateway "nat-demo"`,
			`natGateways[0] "ecs-p": the name is taken by hosts[1] "ecs-p"`,
		}},
		{"a translator", endpoint(func(x *topology.Translator) { x.Kind, x.Target, x.Source = "nat", "pod-a", netip.Addr{} }), []string{
			place + `unknown kind "nat"; it is vpc-endpoint or private-nat`,
			place + `unknown host "pod-a"`,
			place + `the source is missing`,
		}},
		{"a translator's VPC", endpoint(func(x *topology.Translator) { x.Target = "ecs-25" }), []string{place + `target ecs-25 is in vpc-demo as well`}},
		{"a translator's source", endpoint(func(x *topology.Translator) { x.Source = addr("10.1.0.25") }), []string{
			place + `source 10.1.0.25 is taken by ecs-p`,
			place + `source 10.1.0.25 is outside 198.19.128.0/17, which the clients of a VPC endpoint appear in`,
		}},
		{"a translator's source that is nobody's", endpoint(func(x *topology.Translator) { x.Kind, x.Source = topology.PrivateNAT, addr("10.1.0.255") }), []string{
			place + `source 10.1.0.255 is the broadcast address of subnet subnet-p (10.1.0.0/24)`,
		}},
		{"a translator's NIC", endpoint(func(x *topology.Translator) { x.NIC.Address = addr("192.168.20.70") }), []string{
			`loadBalancers[0] "lb-web": address 192.168.20.70 is taken by translators[0] "endpoint-p"`,
		}},
		{"a load balancer", balancer(func(b *topology.LoadBalancer) {
			b.Listener.Protocol, b.HealthCheck = topology.ICMP, topology.UDP
			b.Backends = []topology.Backend{{Machine: "pod-a"}, {Machine: "ecs-25", Port: 80}, {Machine: "ecs-25", Port: 80}}
		}), []string{
			lb + `unknown protocol "icmp" of a listener; it is tcp or udp`,
			lb + `unknown health check "udp"; it is icmp or tcp`,
			lb + `unknown host or node "pod-a"`,
			lb + `backend pod-a needs a port`,
			lb + `backend ecs-25:80 is named twice`,
		}},
		{"no backend", balancer(func(b *topology.LoadBalancer) { b.Backends = nil }), []string{lb + `there is no backend`}},
	})
}

func TestValidate_acls(t *testing.T) {
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"a group", func(w *topology.World) {
			r := &w.NetworkACLs[0].Rules[1]
			r.CIDR, r.Group = netip.Prefix{}, "sg-p"
		}, []string{`networkACLs[0].rules[1] "all-in": the far end is group sg-p; a network ACL knows only CIDRs`}},
		{"a rule", func(w *topology.World) {
			w.NetworkACLs[0].Rules[0].Priority, w.NetworkACLs[0].Rules[1].Name = 101, "all-out"
		}, []string{
			`networkACLs[0].rules[0] "not-node-2": priority 101 is not between 1 and 100`,
			`networkACLs[0].rules[2] "all-out": the name is taken by networkACLs[0].rules[1] "all-out"`,
		}},
		{"an unknown ACL", func(w *topology.World) { w.VPCs[1].Subnets[1].ACL = "acl" }, []string{`vpcs[1].subnets[1] "subnet-p2": unknown network ACL "acl"`}},
	})
}

func TestValidate_hosts(t *testing.T) {
	host := func(edit func(h *topology.Host)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Hosts[0]) }
	}
	engine := func(edit func(e *topology.Engine)) func(w *topology.World) {
		return host(func(h *topology.Host) { edit(h.Engine) })
	}
	const place, box, inner = `hosts[0] "ecs-25": `, `hosts[0].engine "ecs-25": `, `hosts[0].engine.containers[0] "inner": `
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"a firewall", host(func(h *topology.Host) {
			h.Firewall[0].Chain, h.Firewall[0].Protocol, h.Firewall[0].CIDR = topology.ForwardChain, topology.ICMP, netip.Prefix{}
		}), []string{
			`hosts[0] "ecs-25" firewall[0]: unknown chain "forward"; a host has input, a node input and forward`,
			`hosts[0] "ecs-25" firewall[0]: ports 6379-6379 need protocol tcp or udp, not icmp`,
			`hosts[0] "ecs-25" firewall[0]: the CIDR is missing`,
		}},
		{"static routes", host(func(h *topology.Host) { h.Routes = append(h.Routes, h.Routes[0], netip.Prefix{}) }), []string{
			place + `the static route to 10.0.0.0/16 is there twice`,
			place + `the static route is missing`,
		}},
		{"a whitelist", host(func(h *topology.Host) { h.Whitelist.Groups[0].Entries = cidrs("0.0.0.0/0", "10.0.0.1/24") }), []string{
			place + `whitelist entry 0.0.0.0/0 is not accepted`,
			place + `whitelist entry 10.0.0.1/24 is not canonical; the block is 10.0.0.0/24`,
		}},
		{"a long whitelist", host(func(h *topology.Host) {
			for i := range byte(19) {
				h.Whitelist.Groups[0].Entries = append(h.Whitelist.Groups[0].Entries, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, i, 0, 0}), 16))
			}
		}), []string{place + `the whitelist has 21 entries; at most 20 are allowed`}},
		{"a bridge address", engine(func(e *topology.Engine) { e.BridgeIP = cidr("10.200.0.0/24") }), []string{
			box + `bridge address 10.200.0.0/24 is no host's of its block; the first is 10.200.0.1`,
		}},
		{"networks", engine(func(e *topology.Engine) {
			e.Networks[0].Name, e.Networks[1].CIDR = "docker0", cidr("10.200.0.0/16")
		}), []string{
			`hosts[0].engine.networks[0] "docker0": the name is taken by hosts[0].engine "ecs-25"`,
			box + `10.200.0.0/16 of engine network back overlaps 10.200.0.0/24 of docker0`,
		}},
		{"no room", engine(func(e *topology.Engine) { e.Pools = cidrs("10.0.0.0/16") }), []string{
			box + `the pools have no room for engine network compose`,
		}},
		{"pools", engine(func(e *topology.Engine) { e.Pools = cidrs("10.201.0.0/16", "10.201.0.0/17") }), []string{
			box + `pool 10.201.0.0/17 overlaps 10.201.0.0/16`,
		}},
		{"a container", engine(func(e *topology.Engine) {
			c := &e.Containers[0]
			c.Address, c.Published.Port, c.Port = addr("10.200.1.2"), worlds.WebPort, 0
		}), []string{
			inner + `tcp/80 is listened on already, by hosts[0] "ecs-25"`,
			inner + `the container's port is missing`,
			inner + `address 10.200.1.2 is outside docker0 (10.200.0.0/24)`,
		}},
		{"a container called like a pod", engine(func(e *topology.Engine) { e.Containers[0].Name = "pod-a" }), []string{
			`clusters[0].pods[0] "pod-a": the name is taken by hosts[0].engine.containers[0] "pod-a"`,
		}},
	})
}

func TestValidate_kubernetes(t *testing.T) {
	cluster := func(edit func(c *topology.Cluster)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Clusters[0]) }
	}
	service := func(edit func(s *topology.Service)) func(w *topology.World) {
		return cluster(func(c *topology.Cluster) { edit(&c.Services[0]) })
	}
	const demo, place, egress = `clusters[0] "demo": `, `clusters[0].services[0] "svc-web": `, `clusters[0].networkPolicies[0] "egress": `
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"a cluster IP", service(func(s *topology.Service) { s.Address = addr("10.248.0.80") }), []string{
			place + `cluster IP 10.248.0.80 is not one of the Service CIDR 10.247.0.0/16`,
		}},
		{"a cluster IP twice", cluster(func(c *topology.Cluster) {
			s := c.Services[0]
			s.Name, s.NodePort, s.Policy = "svc-2", 0, ""
			c.Services = append(c.Services, s)
		}), []string{`clusters[0].services[1] "svc-2": cluster IP 10.247.0.80 is taken by clusters[0].services[0] "svc-web"`}},
		{"a Service", service(func(s *topology.Service) {
			s.Port, s.NodePort, s.Policy, s.Backends = 0, 80, "Near", []string{"pod-a", "pod-a", "ecs-p"}
		}), []string{
			place + `tcp/80 is listened on already, by clusters[0].nodes[1] "node-2"`,
			place + `a Service needs a port and a target port`,
			place + `NodePort 80 is not between 30000 and 32767`,
			place + `unknown traffic policy "Near"; it is Cluster or Local`,
			place + `pod pod-a is named twice`,
			place + `unknown pod "ecs-p" of cluster demo`,
		}},
		{"Local without NodePort", service(func(s *topology.Service) { s.NodePort = 0 }), []string{place + `traffic policy Local needs a NodePort`}},
		{"a policy", cluster(func(c *topology.Cluster) {
			p := &c.NetworkPolicies[0]
			p.Pods, p.Egress[0].CIDR = []string{"host-pod"}, worlds.DemoCIDR
			p.Egress[0].Except = cidrs("10.0.0.0/8", "192.168.0.0/16")
		}), []string{
			egress + `pod host-pod is on the host network, where no policy applies`,
			egress + `exception 10.0.0.0/8 is no part of 192.168.0.0/16`,
			egress + `exception 192.168.0.0/16 is no part of 192.168.0.0/16`,
		}},
		{"a policy of nobody", cluster(func(c *topology.Cluster) { c.NetworkPolicies[0].Pods = nil }), []string{egress + `the policy selects no pod`}},
		{"the DNS", cluster(func(c *topology.Cluster) { c.DNS.Node = "ecs-25" }), []string{demo + `unknown node "ecs-25" of the DNS`}},
		{"the MTU", cluster(func(c *topology.Cluster) { c.PodMTU = 9000 }), []string{demo + `pod MTU 9000 is not between 576 and 1500`}},
		{"further blocks", cluster(func(c *topology.Cluster) {
			c.Nodes[1].MoreBlocks = cidrs("10.0.0.192/26", "10.9.0.0/28", "10.0.1.0/28")
		}), []string{
			`clusters[0].nodes[1] "node-2": block 10.0.0.192/26 overlaps 10.0.0.128/25 of node node-2`,
			`clusters[0].nodes[1] "node-2": block 10.9.0.0/28 is outside the container CIDRs of demo (10.0.0.0/16)`,
		}},
		{"a pod of no block", cluster(func(c *topology.Cluster) { c.Pods[3].Address = addr("10.0.1.20") }), []string{
			`clusters[0].pods[3] "pod-c": address 10.0.1.20 is outside the blocks of node-2 (10.0.0.128/25, 10.0.1.0/28)`,
		}},
		{"pending pods", cluster(func(c *topology.Cluster) {
			c.Pods[4].Address, c.Pods[2].Pending = addr("10.0.1.6"), true
		}), []string{
			`clusters[0].pods[2] "host-pod": a pod on the host network waits for no address`,
			`clusters[0].pods[4] "pod-late": address 10.0.1.6 of a pod that is pending; it has none`,
		}},
		{"nodes of no VPC", func(w *topology.World) { w.VPCs[0].Kind = topology.OnPremises }, []string{
			`peerings[0] "peering-demo": vpc-demo is a network of kind "on-premises", not "vpc"`,
			`vpns[0] "vpn-office": vpc-demo is a network of kind "on-premises", not "vpc"`,
			`natGateways[0] "nat-demo": vpc-demo is a network of kind "on-premises", not "vpc"`,
			demo + `the nodes are in vpc-demo, which is no VPC`,
		}},
	})
}

func TestValidateFlow_ofEverything(t *testing.T) {
	w := worlds.Everything(topology.Tunnel)
	flow := func(f topology.Flow, edit func(f *topology.Flow)) topology.Flow {
		edit(&f)
		return f
	}
	for _, row := range []struct {
		name string
		flow topology.Flow
		want string
	}{
		{"a Service", topology.OverTCP("pod-a", "svc-web", 80), ""},
		{"a translator", topology.OverTCP("pod-a", "far-app", 80), ""},
		{"a load balancer", topology.Ping("pod-a", "lb-web"), ""},
		{"a name with a port", topology.OverTCP("pod-a", "app", 0), ""},
		{"a name without one", topology.OverTCP("pod-a", "shop", 0), "tcp needs a port"},
		{"from a Service", topology.OverTCP("svc-web", "pod-a", 80), `unknown host, node or pod "svc-web" to ask from`},
		{"from a pending pod", topology.Ping("pod-late", "ecs-p"), ""},
		{"to a pending pod", topology.Ping("ecs-p", "pod-late"), "pod-late is pending and has no address to be asked at"},
		{"established", topology.Established("pod-a", "ecs-p", 80), ""},
		{"an established ping", flow(topology.Ping("pod-a", "ecs-p"), func(f *topology.Flow) { f.Live = true }), "only a tcp flow is an established connection"},
		{"bytes", topology.Bulk("pod-a", "ecs-p", 80, 20000), ""},
		{"less than nothing", topology.Bulk("pod-a", "ecs-p", 80, -1), "-1 is no number of bytes"},
		{"bytes by UDP", flow(topology.OverUDP("pod-a", "ecs-p", 53), func(f *topology.Flow) { f.Bytes = 1 }), "only a tcp flow carries bytes"},
		{"a question", topology.Resolve("pod-a", "app"), ""},
		{"a question of the server's name", topology.Resolve("pod-a", "ecs-p"), "ecs-p is no name record to ask the DNS for"},
		{"a question of a host", topology.Resolve("ecs-25", "app"), "ecs-25 is in no cluster and has no DNS to ask"},
		{"a question with a port", flow(topology.Resolve("node-1", "app"), func(f *topology.Flow) { f.Port = 53 }), "dns has no port 53"},
	} {
		got, want := "", row.want
		if err := w.ValidateFlow(row.flow); err != nil {
			got = err.Error()
		}
		if want != "" {
			want = `world everything: flow "` + row.flow.String() + `": ` + want
		}
		if got != want {
			t.Errorf("%s: got  %s\nwant %s", row.name, got, want)
		}
	}
	w.Clusters[0].DNS = nil
	if err := w.ValidateFlow(topology.Resolve("pod-a", "app")); err == nil || err.Error() != `world everything: flow "pod-a → app dns": cluster demo has no DNS` {
		t.Errorf("without a DNS: %v", err)
	}
}
