package topology

import (
	"fmt"
	"net/netip"
)

// instances warns of managed services that are open to everybody, and of clients
// that they do not serve.
func (a *adviser) instances() {
	for i, h := range a.world.Hosts {
		if h.Managed == nil {
			continue
		}
		place := at(fmt.Sprintf("hosts[%d]", i), h.Name)
		if !h.Guarded() && !h.Whitelist.InForce() {
			a.add(place, "DCS user guide, Managing IP Address Whitelist; RDS, Enabling or Disabling Access Control",
				"every address that reaches %s may connect: no security group applies to it, and it has no whitelist in force", h.Managed)
		}
		a.acrossPeerings(place, h)
	}
}

// acrossPeerings warns of clusters behind a peering whose nodes or containers a DCS
// instance does not serve.
func (a *adviser) acrossPeerings(place string, h Host) {
	const source = "DCS FAQ, Does DCS Support Cross-VPC Access?"
	own, _, placed := a.world.SubnetOf(h.NIC.Subnet)
	for i := range a.world.Clusters {
		c := &a.world.Clusters[i]
		home := a.home(c)
		if !placed || home == nil || home.Name == own.Name || !a.connected(home.Name, own.Name) {
			continue
		}
		if h.OneVPC() {
			a.add(place, source, "an instance of several shards serves its own VPC only, and cluster %s is in %s", c.Name, home.Name)
			continue
		}
		for _, s := range a.subnets(*c) {
			for _, pair := range overlaps([]netip.Prefix{s.CIDR}, h.ForbiddenClients()) {
				a.add(place, source, "subnet %s %s of cluster %s overlaps %s, which it does not serve across a peering", s.Name, pair[0], c.Name, pair[1])
			}
		}
		for _, pair := range overlaps(c.ContainerCIDRs, h.ForbiddenClients()) {
			a.add(place, source, "container CIDR %s of cluster %s overlaps %s, which it does not serve across a peering", pair[0], c.Name, pair[1])
		}
	}
}
