package change_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// refusal is a change that cannot be applied, and why.
type refusal struct {
	change change.Change
	want   string
}

func checkRefusals(t *testing.T, rows []refusal) {
	t.Helper()
	for _, r := range rows {
		_, err := change.Edit(worlds.Everything(topology.Routed), r.change)
		want := `change "` + r.change.String() + `" of world everything: ` + r.want
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestEdit_refusesNetworks(t *testing.T) {
	checkRefusals(t, []refusal{
		{change.AddACL{ACL: topology.NetworkACL{Name: "acl-p"}}, `world has a network ACL "acl-p" already`},
		{change.AttachACL{Subnet: "none", ACL: "acl-p"}, `world has no subnet "none"`},
		{change.AttachACL{Subnet: "subnet-b", ACL: "none"}, `world has no network ACL "none"`},
		{change.DetachACL{Subnet: "none"}, `world has no subnet "none"`},
		{change.DetachACL{Subnet: "subnet-b"}, `the change changes nothing`},
		{change.AdmitACLRule{ACL: "none"}, `world has no network ACL "none"`},
		{change.AdmitACLRule{ACL: "acl-p", Rule: worlds.AllowFrom("all-in", worlds.Anywhere)}, `network ACL acl-p has a rule "all-in" already`},
		{change.RevokeACLRule{ACL: "acl-p", Rule: "x"}, `network ACL acl-p has no rule "x"`},
		{change.AddSubnet{VPC: "none"}, `world has no VPC "none"`},
		{change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "subnet-p"}}, `world has a subnet "subnet-p" already`},
		{change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "new", RouteTable: "rtb-p2"}}, `VPC vpc-demo has no route table "rtb-p2"`},
		{change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "new", ACL: "none"}}, `world has no network ACL "none"`},
		{change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "new", CIDR: worlds.SubnetPCIDR}}, `VPC vpc-demo has no CIDR that holds 10.1.0.0/24`},
		{change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "new", CIDR: cidr("192.168.20.0/25")}}, `192.168.20.0/25 overlaps 192.168.20.0/24 of subnet subnet-b`},
		{change.RemoveSubnet{Subnet: "none"}, `world has no subnet "none"`},
		{change.RemoveSubnet{Subnet: "subnet-b"}, `cache is in subnet subnet-b`},
		{change.AssociateTable{Subnet: "subnet-b", Table: "rtb-p2"}, `VPC vpc-demo has no route table "rtb-p2"`},
		{change.AddCIDR{VPC: "vpc-demo", CIDR: worlds.DemoCIDR}, `VPC vpc-demo has CIDR 192.168.0.0/16 already`},
		{change.RemoveCIDR{VPC: "vpc-demo", CIDR: worlds.DemoCIDR}, `subnet subnet-nodes is in CIDR 192.168.0.0/16`},
		{change.RemoveCIDR{VPC: "vpc-demo", CIDR: worlds.NodeCIDR}, `VPC vpc-demo has no CIDR 192.168.10.0/24`},
		{change.RenumberVPC{VPC: "vpc-demo", CIDR: worlds.NodeCIDR}, `CIDR 192.168.10.0/24 is not of the size of 192.168.0.0/16`},
		{change.All(change.AddCIDR{VPC: "vpc-demo", CIDR: unused}, change.RenumberVPC{VPC: "vpc-demo", CIDR: worlds.DemoCIDR}), `move vpc-demo to 192.168.0.0/16: VPC vpc-demo has 2 CIDRs; only one can be moved`},
		{change.SetQuota{Table: "none"}, `world has no route table "none"`},
		{change.EnableSourceCheck{Machine: "pod-a"}, `world has no host or node "pod-a"`},
		{change.DisableSourceCheck{Machine: "pod-a"}, `world has no host or node "pod-a"`},
		{change.AddVPN{VPN: topology.VPN{Name: "vpn-office"}}, `world has a VPN "vpn-office" already`},
		{change.RemoveVPN{VPN: "none"}, `world has no VPN "none"`},
		{change.SetMSS{VPN: "none"}, `world has no VPN "none"`},
		{change.AddNATGateway{Gateway: topology.NATGateway{Name: "nat-demo"}}, `world has a NAT gateway "nat-demo" already`},
		{change.SetSNAT{Gateway: "none"}, `world has no NAT gateway "none"`},
		{change.AddTranslator{Translator: topology.Translator{Name: "transit-p"}}, `world has a translator "transit-p" already`},
		{change.RemoveTranslator{Translator: "none"}, `world has no translator "none"`},
		{change.RemoveTranslator{Translator: "endpoint-p"}, `the name far-app stands for endpoint-p`},
		{change.PointName{Name: "app", Target: "shop"}, `world has no host, node, pod or other destination "shop"`},
	})
}

func TestEdit_refusesHosts(t *testing.T) {
	checkRefusals(t, []refusal{
		{change.InstallEngine{Host: "none"}, `world has no host "none"`},
		{change.InstallEngine{Host: "ecs-25"}, `host ecs-25 has a container engine already`},
		{change.RemoveEngine{Host: "none"}, `world has no host "none"`},
		{change.RemoveEngine{Host: "ecs-p"}, `host ecs-p has no container engine`},
		{change.SetBridgeIP{Host: "ecs-p"}, `host ecs-p has no container engine`},
		{change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "back"}}, `host ecs-25 has an engine network "back" already`},
		{change.RemoveEngineNetwork{Host: "ecs-25", Network: "none"}, `host ecs-25 has no engine network "none"`},
		{change.AddHostRoute{Host: "none"}, `world has no host "none"`},
		{change.AddHostRoute{Host: "ecs-25", Destination: worlds.PeeredContainerCIDR}, `host ecs-25 has a static route to 10.0.0.0/16 already`},
		{change.RemoveHostRoute{Host: "ecs-p", Destination: unused}, `host ecs-p has no static route to 100.64.0.0/10`},
		{change.SetReversePath{Host: "ecs-p"}, `unknown reverse-path filter ""; it is strict or loose`},
		{change.SetReversePath{Host: "node-1", Filter: change.StrictFilter}, `world has no host "node-1"`},
		{change.SetWhitelist{Host: "node-1"}, `world has no host "node-1"`},
		{change.AddFirewallRule{Machine: "pod-a"}, `world has no host or node "pod-a"`},
		{change.AddFirewallRule{Machine: "ecs-25", Rule: topology.FirewallRule{Name: "no-cache"}}, `the firewall of ecs-25 has a rule "no-cache" already`},
		{change.RemoveFirewallRule{Machine: "node-1", Rule: "x"}, `the firewall of node-1 has no rule "x"`},
	})
}

func TestEdit_refusesClusters(t *testing.T) {
	checkRefusals(t, []refusal{
		{change.CordonNode{Node: "ecs-25"}, `world has no node "ecs-25"`},
		{change.AddBlock{Node: "none"}, `world has no node "none"`},
		{change.AddBlock{Node: "node-1"}, `node node-1 of routed cluster demo keeps the one block that it was given`},
		{change.MovePod{Pod: "none"}, `world has no pod "none"`},
		{change.MovePod{Pod: "pod-a", Node: "node-2"}, `node node-2 is cordoned`},
		{change.MovePod{Pod: "pod-a", Node: "ecs-25"}, `cluster demo has no node "ecs-25"`},
		{change.AssignAddress{Pod: "none"}, `world has no pod "none"`},
		{change.WithholdAddress{Pod: "none"}, `world has no pod "none"`},
		{change.WithholdAddress{Pod: "host-pod"}, `pod host-pod is on the host network and needs no address`},
		{change.AddPods{Cluster: "none"}, `world has no cluster "none"`},
		{change.AddPods{Cluster: "demo", Pods: []topology.Pod{{Name: "pod-a"}}}, `world has a pod "pod-a" already`},
		{change.AddPods{Cluster: "demo", Pods: []topology.Pod{{Name: "new", Node: "node-2"}}}, `node node-2 is cordoned`},
		{change.RemovePods{Cluster: "demo", Pods: []string{"none"}}, `cluster demo has no pod "none"`},
		{change.SetNonMasquerade{Cluster: "none"}, `world has no cluster "none"`},
		{change.ReplaceContainers{Cluster: "none"}, `world has no cluster "none"`},
		{change.All(change.ExpandContainers{Cluster: "demo", CIDR: unused}, change.ReplaceContainers{Cluster: "demo", CIDR: unused}), `create cluster demo anew with container CIDR 100.64.0.0/10: cluster demo has 2 container CIDRs; only one can be replaced`},
		{change.ExpandContainers{Cluster: "demo", CIDR: worlds.PeeredContainerCIDR}, `cluster demo has container CIDR 10.0.0.0/16 already`},
		{change.ExpandContainers{Cluster: "demo", CIDR: unused, Blocks: []change.NodeBlock{{Node: "none"}}}, `cluster demo has no node "none"`},
		{change.SetServiceCIDR{Cluster: "none"}, `world has no cluster "none"`},
		{change.SetMTU{Cluster: "none"}, `world has no cluster "none"`},
		{change.ConfigureDNS{Cluster: "demo", DNS: topology.DNS{Node: "ecs-25"}}, `cluster demo has no node "ecs-25"`},
		{change.AddNetworkPolicy{Cluster: "demo", Policy: topology.NetworkPolicy{Name: "egress"}}, `cluster demo has a network policy "egress" already`},
		{change.RemoveNetworkPolicy{Cluster: "demo", Policy: "none"}, `cluster demo has no network policy "none"`},
		{change.SetTrafficPolicy{Service: "none"}, `world has no Service "none"`},
		{change.SetBackends{Service: "svc-web", Pods: []string{"ecs-25"}}, `cluster demo has no pod "ecs-25"`},
		{change.AddService{Cluster: "demo", Service: topology.Service{Name: "svc-web"}}, `world has a Service "svc-web" already`},
		{change.RemoveService{Service: "svc-web"}, `the name shop stands for svc-web`},
	})
}
