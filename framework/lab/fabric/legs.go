package fabric

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// gatewaysBetween are the addresses of the NAT gateways through which an endpoint
// may reach a server in the internet.
func gatewaysBetween(w *topology.World, from, to topology.Endpoint) []netip.Addr {
	here, _, ok := w.SubnetOf(from.Attached.Subnet)
	there, _, found := w.SubnetOf(to.Attached.Subnet)
	if !ok || !found {
		return nil
	}
	var all []netip.Addr
	for _, g := range w.NATGateways {
		if g.VPC == here.Name && g.Internet == there.Name {
			all = append(all, g.Address)
		}
	}
	return all
}
