package paperlab

import (
	"reflect"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Survives implements lab.Oracle. A change of the inbound rules of a NIC, or of
// the members of a group that they name, clears the NIC's live inbound
// connections; nothing else does.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (rule
// changes and connection tracking) and "Firewall Overview" (live flows stay).
func (l *Lab) Survives(before, after topology.World, f topology.Flow) bool {
	was, there := before.Endpoint(f.To)
	is, stays := after.Endpoint(f.To)
	if !there || !stays || was.Address != is.Address || was.Machine != is.Machine {
		return false
	}
	return reflect.DeepEqual(inbound(&before, was.Machine), inbound(&after, is.Machine))
}

// inbound lists a machine's inbound rules with the addresses that they admit.
func inbound(w *topology.World, machine string) []any {
	nic, _ := w.NIC(machine)
	var all []any
	for _, r := range w.RulesInOrder(nic, topology.Ingress) {
		all = append(all, r, w.Members(r.SecurityGroupRule.Group))
	}
	return all
}
