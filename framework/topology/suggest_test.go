package topology_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func cidrs(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = cidr(text)
	}
	return all
}

func TestSuggest(t *testing.T) {
	for _, row := range []struct {
		name string
		edit func(w *topology.World)
		want []string
	}{
		{"a valid plan", func(*topology.World) {}, nil},
		{"containers in the VPC", func(w *topology.World) {
			w.Clusters[0].ContainerCIDRs = append(w.Clusters[0].ContainerCIDRs, cidr("192.168.128.0/20"))
		}, []string{"container-cidr-overlaps-vpc: instead of 192.168.128.0/20 take 10.2.0.0/20, 10.2.16.0/20 or 10.2.32.0/20"}},
		{"Services in the containers", func(w *topology.World) { w.Clusters[0].ServiceCIDR = cidr("10.0.0.0/20") }, []string{
			"service-cidr-overlaps-containers: instead of 10.0.0.0/20 take 10.247.0.0/20, 10.247.16.0/20 or 10.247.32.0/20",
		}},
		{"Services in two CIDRs of the VPC", func(w *topology.World) {
			w.VPCs[0].CIDRs = append(w.VPCs[0].CIDRs, cidr("192.169.0.0/16"))
			w.Clusters[0].ServiceCIDR = cidr("192.168.0.0/15")
		}, []string{
			"service-cidr-overlaps-vpc: instead of 192.168.0.0/15 take 10.2.0.0/15, 10.4.0.0/15 or 10.6.0.0/15",
			"service-cidr-overlaps-vpc: instead of 192.168.0.0/15 take 10.2.0.0/15, 10.4.0.0/15 or 10.6.0.0/15",
		}},
		{"two clusters", secondCluster(topology.Routed), []string{
			"container-cidrs-of-two-clusters-overlap: instead of 10.0.0.0/16 take 10.2.0.0/16, 10.3.0.0/16 or 10.4.0.0/16",
		}},
		{"the default pools when nothing else is free", func(w *topology.World) {
			w.VPCs[1].CIDRs = cidrs("10.0.0.0/8", "172.16.0.0/16")
			w.Clusters[0].ContainerCIDRs = cidrs("192.168.0.0/16")
			w.Clusters[0].ServiceCIDR = cidr("172.31.0.0/16")
		}, []string{"container-cidr-overlaps-vpc: instead of 192.168.0.0/16 take 172.17.0.0/16, 172.18.0.0/16 or 172.19.0.0/16"}},
		{"nothing is free", func(w *topology.World) { w.Clusters[0].ServiceCIDR = cidr("192.0.0.0/4") }, []string{
			"service-cidr-overlaps-vpc: no private block of the size of 192.0.0.0/4 is free",
		}},
		{"nonMasqueradeCIDRs", func(w *topology.World) {
			w.Clusters[0].NonMasqueradeCIDRs = append(cidrs("192.168.1.1/24"), cidrs("192.168.2.128/25", "192.168.2.0/24")...)
		}, []string{
			"block-not-canonical: instead of 192.168.1.1/24 take 192.168.1.0/24",
			"non-masquerade-cidrs-overlap: leave 192.168.2.128/25 out, which is part of 192.168.2.0/24",
		}},
	} {
		w := worlds.PeeredVPCs(topology.Routed)
		row.edit(&w)
		var got []string
		for _, s := range topology.Suggest(w) {
			got = append(got, string(s.Problem.Rule)+": "+s.String())
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, strings.Join(got, "\n"), strings.Join(row.want, "\n"))
		}
	}
}

// Whoever takes the first choice of every suggestion has a valid plan.
func TestSuggest_solvesTogether(t *testing.T) {
	w := worlds.OneVPC(topology.Routed)
	c := &w.Clusters[0]
	c.ContainerCIDRs, c.ServiceCIDR, c.Pods = cidrs("192.168.0.0/17"), cidr("192.168.64.0/18"), nil
	for i := range c.Nodes {
		c.Nodes[i].Block = netip.Prefix{}
	}
	before := len(topology.Violations(w.Validate()))
	for _, s := range topology.Suggest(w) {
		if c.ServiceCIDR == s.Problem.Pair[0] {
			c.ServiceCIDR = s.Choices[0]
		}
		for i := range c.ContainerCIDRs {
			if c.ContainerCIDRs[i] == s.Problem.Pair[0] {
				c.ContainerCIDRs[i] = s.Choices[0]
			}
		}
	}
	if after := topology.Violations(w.Validate()); before != 3 || len(after) > 0 {
		t.Errorf("%d problems before, %v after, with containers %v and Services %v", before, after, c.ContainerCIDRs, c.ServiceCIDR)
	}
}

func TestAdvise(t *testing.T) {
	rules := "" // what the platform itself writes into the nodes' group is advised against as well
	for _, a := range topology.Advise(worlds.PeeredVPCs(topology.Routed)) {
		rules += a.String() + "\n"
	}
	if want := `securityGroups[0].rules[2] "node-ports-tcp": group sg-node admits tcp/30000-32767 from every address (VPC user guide, Adding a Security Group Rule)
securityGroups[0].rules[3] "node-ports-udp": group sg-node admits udp/30000-32767 from every address (VPC user guide, Adding a Security Group Rule)
securityGroups[0].rules[4] "ssh": group sg-node admits tcp/22 from every address (VPC user guide, Adding a Security Group Rule)
`; rules != want {
		t.Errorf("got\n%s\nwant\n%s", rules, want)
	}
	for _, row := range []struct {
		name string
		mode topology.Mode
		edit func(w *topology.World)
		want []string
	}{
		{"nothing", topology.Tunnel, func(*topology.World) {}, nil},
		{"everybody", topology.Routed, func(w *topology.World) {
			w.SecurityGroups[2].Rules = append(w.SecurityGroups[2].Rules, worlds.AllowFrom("open", worlds.Anywhere), worlds.DenyFrom("shut", worlds.Anywhere))
		}, []string{`securityGroups[2].rules[4] "open": group sg-p admits all from every address`}},
		{"routes over the quota", topology.Routed, func(w *topology.World) { w.VPCs[0].RouteTables[0].Quota = 1 }, []string{
			`vpcs[0].routeTables[0] "rtb-demo": 2 of 3 routes are over the quota of 1 and do not exist`,
		}},
		{"overlapping peers", topology.Tunnel, func(w *topology.World) { w.VPCs[1].CIDRs = append(w.VPCs[1].CIDRs, cidr("192.168.0.0/20")) }, []string{
			`peerings[0] "peering-demo": CIDR 192.168.0.0/16 of vpc-demo overlaps CIDR 192.168.0.0/20 of vpc-demo2`,
		}},
		{"containers like a peer", topology.Routed, func(w *topology.World) { w.Clusters[0].ContainerCIDRs = cidrs("10.1.0.0/17") }, []string{
			`clusters[0] "demo": container CIDR 10.1.0.0/17 overlaps CIDR 10.1.0.0/16 of vpc-demo2, behind peering-demo`,
		}},
		{"Services like an office", topology.Tunnel, func(w *topology.World) {
			w.VPCs = append(w.VPCs, topology.VPC{Name: "office", Kind: topology.OnPremises, CIDRs: cidrs("10.247.0.0/20")})
			w.VPNs = []topology.VPN{{Name: "vpn-office", VPC: "vpc-demo", OnPremises: "office"}}
		}, []string{`clusters[0] "demo": Service CIDR 10.247.0.0/16 overlaps CIDR 10.247.0.0/20 of office, behind vpn-office`}},
		{"containers that docker takes", topology.Tunnel, func(w *topology.World) { w.Clusters[0].ContainerCIDRs = cidrs("172.17.0.0/16") }, []string{
			`clusters[0] "demo": container CIDR 172.17.0.0/16 overlaps 172.17.0.0/16, which container engines take by default`,
		}},
		{"a small tunnel cluster", topology.Tunnel, func(w *topology.World) { w.Clusters[0].ContainerCIDRs = cidrs("10.0.0.0/20") }, []string{
			`clusters[0] "demo": container CIDR 10.0.0.0/20 is smaller than a /19 and cannot be expanded in tunnel mode`,
		}},
		{"bridges over containers and nodes", topology.Tunnel, func(w *topology.World) {
			w.Hosts[1].Engine = &topology.Engine{BridgeIP: cidr("10.0.0.1/24"), Networks: []topology.EngineNetwork{{Name: "x", CIDR: cidr("192.168.0.0/20")}}}
			w.Hosts[0].Engine = &topology.Engine{BridgeIP: cidr("192.168.0.1/20")}
		}, []string{
			`hosts[1] "ecs-p": engine network docker0 10.0.0.0/24 overlaps container CIDR 10.0.0.0/16 of cluster demo`,
			`hosts[1] "ecs-p": engine network x 192.168.0.0/20 overlaps subnet subnet-nodes 192.168.10.0/24 of cluster demo's nodes`,
		}},
		{"equal tunnel clusters", topology.Tunnel, secondCluster(topology.Tunnel), []string{
			`clusters[1] "demo-2": container CIDR 10.0.0.0/16 overlaps container CIDR 10.0.0.0/16 of cluster demo: their pods cannot reach each other`,
		}},
		{"masquerading towards the nodes", topology.Routed, func(w *topology.World) { w.Clusters[0].NonMasqueradeCIDRs = cidrs("10.0.0.0/8", "192.168.20.0/24") }, []string{
			`clusters[0] "demo": nonMasqueradeCIDRs leave out subnet subnet-nodes 192.168.10.0/24 of the nodes`,
		}},
	} {
		w := worlds.PeeredVPCs(row.mode)
		row.edit(&w)
		var got []string
		for _, a := range topology.Advise(w) {
			if a.Source == "" {
				t.Errorf("%s: no source: %s", row.name, a)
			}
			if !strings.Contains(a.Place, "securityGroups[0]") {
				got = append(got, a.Place+": "+a.What)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, strings.Join(got, "\n"), strings.Join(row.want, "\n"))
		}
	}
}
