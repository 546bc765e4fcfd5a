package kindlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// A world names pods also by their planned addresses: in the lists of managed
// services, one by one. The cluster gives a pod another address of its block, and
// what names the pod follows it. What names an address that no pod is planned to
// have, such as that of a pod before it was made anew elsewhere, stays.

// giveAddresses returns the world with other addresses of its pods, by the pod's
// name.
func giveAddresses(w topology.World, given map[string]netip.Addr) topology.World {
	is := w.Clone()
	instead := map[netip.Prefix]netip.Prefix{}
	for i := range is.Clusters[0].Pods {
		p := &is.Clusters[0].Pods[i]
		a, ok := given[p.Name]
		if !ok {
			continue
		}
		if p.Address.IsValid() {
			instead[netip.PrefixFrom(p.Address, p.Address.BitLen())] = netip.PrefixFrom(a, a.BitLen())
		}
		p.Address = a
	}
	for i := range is.Hosts {
		l := is.Hosts[i].Whitelist
		if l == nil {
			continue
		}
		for j := range l.Groups {
			follow(l.Groups[j].Entries, instead)
		}
	}
	for i := range is.SecurityGroups {
		for j := range is.SecurityGroups[i].Rules {
			r := &is.SecurityGroups[i].Rules[j]
			if to, ok := instead[r.CIDR]; ok {
				r.CIDR = to
			}
		}
	}
	return is
}

// follow replaces entries, each once: one pod may be given what another was planned
// to have.
func follow(entries []netip.Prefix, instead map[netip.Prefix]netip.Prefix) {
	for i, e := range slices.Clone(entries) {
		if to, ok := instead[e]; ok {
			entries[i] = to
		}
	}
}
