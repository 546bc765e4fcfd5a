package netnslab

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What stands at the borders of VPCs changes in place, there and back.
func TestAdopt_gateways_there_and_back(t *testing.T) {
	thereAndBack(t, labtest.Hybrid(topology.Routed), []change.Change{
		change.SetSNAT{Gateway: "nat", Sources: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}},
		change.SetMSS{VPN: "vpn", Bytes: 1300},
		change.AddSubnet{VPC: "vpc", Subnet: topology.Subnet{Name: "subnet-new", CIDR: netip.MustParsePrefix("192.168.7.0/24")}},
		change.AddCIDR{VPC: "vpc", CIDR: netip.MustParsePrefix("10.77.0.0/16")},
		change.AssociateTable{Subnet: "subnet-k", Table: "rtb"},
		change.SetQuota{Table: "rtb", Routes: 1},
		change.SetWhitelist{Host: "ecs-k", Whitelist: topology.Whitelist{Enabled: true}},
		edit{"guard both subnets", func(w *topology.World) {
			w.NetworkACLs = []topology.NetworkACL{{Name: "acl"}}
			for i := range w.VPCs[0].Subnets {
				w.VPCs[0].Subnets[i].ACL = "acl"
			}
		}},
		edit{"narrow the VPN", func(w *topology.World) { w.VPNs[0].MTU = 1400 }},
		edit{"remove the VPN and the NAT gateway", func(w *topology.World) {
			w.VPNs, w.NATGateways = nil, nil
			for i := range w.VPCs {
				for j := range w.VPCs[i].RouteTables {
					table := &w.VPCs[i].RouteTables[j]
					table.Routes = nil
				}
			}
		}},
	})
}

// So does what stands between clients and servers.
func TestAdopt_translators_and_balancers_there_and_back(t *testing.T) {
	thereAndBack(t, worlds.TranslatedVPCs(topology.Tunnel), []change.Change{
		edit{"give the endpoint another source", func(w *topology.World) {
			w.Translators[0].Source = netip.MustParseAddr("198.19.128.99")
		}},
		edit{"remove the private NAT", func(w *topology.World) { w.Translators = w.Translators[:1] }},
	})
	chain := labtest.Chain()
	chain.Translators = []topology.Translator{{
		Name: "endpoint", Kind: topology.VPCEndpoint, Target: "ecs-b", Source: netip.MustParseAddr("198.19.128.7"),
		NIC: topology.NIC{Subnet: "subnet-a", Address: netip.MustParseAddr("10.1.0.100"), SecurityGroups: []string{"sg"}},
	}}
	thereAndBack(t, chain, []change.Change{
		edit{"have its target in another VPC", func(w *topology.World) { w.Translators[0].Target = "ecs-c" }},
		edit{"have another target", func(w *topology.World) { w.Translators[0].Target = "ecs-b2" }},
	})
	thereAndBack(t, worlds.BalancedVPC(topology.Routed), []change.Change{
		edit{"listen on another port", func(w *topology.World) { w.LoadBalancers[0].Listener.Port++ }},
		edit{"let nothing in", func(w *topology.World) {
			for i := range w.SecurityGroups {
				w.SecurityGroups[i].Rules = nil
			}
		}},
		edit{"have a backend that does not listen", func(w *topology.World) {
			w.LoadBalancers[0].Backends = []topology.Backend{{Machine: "node-2", Port: 9}}
		}},
		edit{"remove it", func(w *topology.World) { w.LoadBalancers = nil }},
	})
}
