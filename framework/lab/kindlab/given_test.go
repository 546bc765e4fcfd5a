package kindlab

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// A list that names a pod by its planned address names the pod that the cluster has
// made; one that names an address of no pod, and blocks, stay as they are.
func TestGiveAddresses_listsFollowTheirPods(t *testing.T) {
	w := worlds.OneVPC(topology.Routed)
	pods := w.Clusters[0].Pods
	planned, other, gone := pods[0].Address, pods[1].Address, netip.MustParseAddr("172.16.0.99")
	block := netip.MustParsePrefix("172.16.0.0/25")
	list := topology.AllowList(worlds.Single(planned), worlds.Single(gone), block)
	w.Hosts[0].Whitelist = &list
	is := giveAddresses(w, map[string]netip.Addr{pods[0].Name: other, pods[1].Name: planned})
	want := []netip.Prefix{worlds.Single(other), worlds.Single(gone), block}
	for i, e := range is.Hosts[0].Whitelist.Entries() {
		if e != want[i] {
			t.Errorf("entry %d is %s, want %s", i, e, want[i])
		}
	}
	if is.Clusters[0].Pods[0].Address != other || w.Clusters[0].Pods[0].Address != planned || w.Hosts[0].Whitelist.Entries()[0] != worlds.Single(planned) {
		t.Error("the pod does not have its address, or the world that was given changed")
	}
}
