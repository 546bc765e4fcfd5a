package paperlab

import (
	"reflect"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Survives implements lab.Oracle. A change of the inbound rules of a NIC, or of
// the members of a group that they name, clears the NIC's live inbound
// connections; a change of outbound rules or of a network ACL does not. What stays
// on one machine comes in by no NIC. A connection also ends with the address or the
// machine of either end.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (rule
// changes and connection tracking) and "Firewall Overview" (live flows stay).
func (l *Lab) Survives(before, after topology.World, f topology.Flow) bool {
	if f.Protocol == topology.DNSQuery {
		return questionSurvives(&before, &after, f.From)
	}
	if !stays(&before, &after, f.From) || !stays(&before, &after, f.To) {
		return false
	}
	was, is := machines(&before, f.To), machines(&after, f.To)
	if !reflect.DeepEqual(was, is) {
		return false
	}
	for _, m := range was {
		if !comesIn(&before, f, m) {
			continue
		}
		if !reflect.DeepEqual(inbound(&before, m), inbound(&after, m)) {
			return false
		}
	}
	return true
}

// stays reports whether a name stands for the same address of the same machine.
func stays(before, after *topology.World, name string) bool {
	was, there := before.Endpoint(name)
	is, still := after.Endpoint(name)
	return there && still && was.Address == is.Address && was.Machine == is.Machine
}

// comesIn reports whether a connection comes in by the NIC of a machine that it may
// be led to. It does not on its client's own, unless somebody in between sends it back.
func comesIn(w *topology.World, f topology.Flow, machine string) bool {
	from, _ := w.Endpoint(f.From)
	to, _ := w.Endpoint(f.To)
	return machine != from.Machine || to.Kind == topology.KindTranslator || to.Kind == topology.KindBalancer
}

// machines lists the machines that a connection to a name may be led to.
func machines(w *topology.World, name string) []string {
	to, _ := w.Endpoint(name)
	switch to.Kind {
	case topology.KindService:
		k := walker{world: w}
		s, _ := to.Cluster.ServiceAt(to.Address, to.Listeners[0].Protocol, to.Listeners[0].Port)
		var all []string
		for _, e := range k.backends(to.Cluster, s) {
			all = append(all, e.Machine)
		}
		return all
	case topology.KindTranslator:
		t, _ := w.Translator(to.Name)
		return []string{t.Name, t.Target}
	case topology.KindBalancer:
		b, _ := w.LoadBalancer(to.Name)
		all := []string{b.Name}
		for _, backend := range b.Backends {
			all = append(all, backend.Machine)
		}
		return all
	default:
		return []string{to.Machine}
	}
}

// inbound lists a machine's inbound rules with the addresses that they admit.
func inbound(w *topology.World, machine string) []any {
	if h, known := w.Host(machine); known && !h.Guarded() {
		return nil
	}
	nic, _ := w.NIC(machine)
	var all []any
	for _, r := range w.RulesInOrder(nic, topology.Ingress) {
		all = append(all, r, w.Members(r.SecurityGroupRule.Group))
	}
	return all
}
