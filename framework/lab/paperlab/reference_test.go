package paperlab_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What others published, asked of the oracle: see labtest.References. The wire is
// asked the same by netnslab.
func TestPredict_references(t *testing.T) {
	sources := map[string]int{}
	for _, c := range labtest.References() {
		sources[c.Source]++
		if err := c.World.Validate(); err != nil {
			t.Errorf("%s (%s): %v", c.Name, c.Source, err)
			continue
		}
		if got := paperlab.New().Predict(c.World, c.Flow).Verdict; !c.Want.SatisfiedBy(got) {
			t.Errorf("%s (%s): %s: want %s, got %s", c.Name, c.Source, c.Flow, c.Want, got)
		}
	}
	if len(sources) < 10 {
		t.Errorf("only %d sources are asked", len(sources))
	}
}

// The blocks that Docker takes networks from when it is told nothing, in order.
//
// Source: moby/moby, daemon/libnetwork/ipamutils: the default networks of local
// scope, each with the size of its parts. Mirantis Kubernetes Engine's page on
// default-address-pools prints the same, less 172.31.0.0/16.
func TestReference_dockersDefaultPools(t *testing.T) {
	var want []netip.Prefix
	for _, pool := range []struct {
		base string
		size int
	}{
		{"172.17.0.0/16", 16},
		{"172.18.0.0/16", 16},
		{"172.19.0.0/16", 16},
		{"172.20.0.0/14", 16},
		{"172.24.0.0/14", 16},
		{"172.28.0.0/14", 16},
		{"192.168.0.0/16", 20},
	} {
		want = append(want, parts(netip.MustParsePrefix(pool.base), pool.size)...)
	}
	if got := topology.DefaultPools(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	// Fifteen of 65,536 addresses, sixteen of 4,096.
	if n := len(want); n != 31 {
		t.Errorf("there are %d networks in all, want 31", n)
	}
}

// parts cuts a block into blocks of a size.
func parts(p netip.Prefix, bits int) []netip.Prefix {
	all, a := []netip.Prefix{}, p.Addr()
	for p.Contains(a) {
		all = append(all, netip.PrefixFrom(a, bits))
		next := a.As4()
		n := uint32(next[0])<<24 | uint32(next[1])<<16 | uint32(next[2])<<8 | uint32(next[3])
		n += 1 << (32 - bits)
		a = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	return all
}

// How many pods a node's block has addresses for: all of its addresses but the
// network's, the gateway's and the broadcast address.
//
// Source: CCE user guide, Maximum Number of Pods That Can Be Created on a Node; the
// API reference for the sizes that alpha.cce/fixPoolMask may have.
func TestReference_addressesOfABlock(t *testing.T) {
	for _, row := range []struct {
		block string
		pods  int
	}{
		{"172.16.0.0/24", 253}, {"172.16.0.0/25", 125}, {"172.16.0.0/26", 61}, {"172.16.0.0/27", 29}, {"172.16.0.0/28", 13},
	} {
		block, pods := netip.MustParsePrefix(row.block), 0
		for a := block.Addr(); block.Contains(a); a = a.Next() {
			if withBlock(block, topology.Pod{Name: "pod", Node: "node-1", Address: a}).Validate() == nil {
				pods++
			}
		}
		if pods != row.pods {
			t.Errorf("%s has room for %d pods, want %d", row.block, pods, row.pods)
		}
	}
	for _, size := range []string{"172.16.0.0/23", "172.16.0.0/29"} {
		if err := withBlock(netip.MustParsePrefix(size)).Validate(); err == nil || !strings.Contains(err.Error(), "not between a /24 and a /28") {
			t.Errorf("a block of %s: got %v, want a refusal", size, err)
		}
	}
}

// withBlock is a routed cluster of one node with a block.
func withBlock(block netip.Prefix, pods ...topology.Pod) topology.World {
	w := labtest.Cluster(topology.Routed)
	c := &w.Clusters[0]
	c.Nodes, c.Pods = c.Nodes[:1], pods
	c.Nodes[0].Block = block
	for i := range w.VPCs[0].RouteTables {
		w.VPCs[0].RouteTables[i].Routes = nil
	}
	return w
}

// How many nodes a container CIDR has blocks for.
//
// Source: CCE user guide, VPC Network Model (65,536 / 128 = 512) and Tunnel Network
// Model (65,536 / 16 = 4,096).
func TestReference_nodesOfAContainerCIDR(t *testing.T) {
	for _, row := range []struct {
		mode  topology.Mode
		size  int
		nodes int
	}{
		{topology.Routed, 25, 512},
		{topology.Tunnel, 28, 4096},
	} {
		containers := netip.MustParsePrefix("172.16.0.0/16")
		blocks := parts(containers, row.size)
		if len(blocks) != row.nodes {
			t.Errorf("%s: %d blocks, want %d", row.mode, len(blocks), row.nodes)
		}
		last, beyond := blocks[len(blocks)-1], netip.PrefixFrom(netip.MustParseAddr("172.17.0.0"), row.size)
		w := labtest.Cluster(row.mode)
		c := &w.Clusters[0]
		c.Nodes, c.Pods = c.Nodes[:1], nil
		c.Nodes[0].Block = last
		w.VPCs[0].RouteTables[0].Routes, w.VPCs[0].RouteTables[1].Routes = nil, nil
		if err := w.Validate(); err != nil {
			t.Errorf("%s: the last node's block: %v", row.mode, err)
		}
		c.Nodes[0].Block = beyond
		if err := w.Validate(); err == nil || !strings.Contains(err.Error(), "outside the container CIDRs") {
			t.Errorf("%s: one node more: got %v, want a refusal", row.mode, err)
		}
	}
}

// Where clouds differ, ours is the documented one: an overlapping peering can be
// made and does not work, where another cloud refuses to make it.
//
// Source: VPC user guide, VPC Peering Connection Usage Examples, table 12; Amazon
// VPC Peering Guide, "VPC peering basics": overlapping CIDR blocks are refused.
func TestReference_overlappingPeeringsCanBeMade(t *testing.T) {
	for _, c := range labtest.References() {
		if c.World.Name == "table-12" {
			if err := c.World.Validate(); err != nil {
				t.Errorf("the platform refuses table 12: %v", err)
			}
			if len(topology.Advise(c.World)) == 0 {
				t.Error("nothing advises against table 12")
			}
		}
	}
}
