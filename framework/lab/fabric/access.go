package fabric

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What guards managed services beside their security groups: whom a DCS instance
// does not serve across a peering, and whitelists.

// accessSets renders the sets that the rules of access name.
func (r *RouterPlan) accessSets(w *topology.World) []nft.Set {
	var sets []nft.Set
	for _, h := range r.hosts(w) {
		if h.Whitelist.InForce() && h.Whitelist.Refusal != topology.ApplicationRefusal {
			sets = append(sets, nft.Set{Name: whitelistName(h), Elements: h.Whitelist.Entries()})
		}
		if !h.OneVPC() && len(r.peerings()) > 0 && len(h.ForbiddenClients()) > 0 {
			sets = append(sets, nft.Set{Name: forbiddenName(h), Elements: h.ForbiddenClients()})
		}
	}
	return sets
}

func whitelistName(h topology.Host) string { return nft.Name("w", h.Name) }

func forbiddenName(h topology.Host) string { return nft.Name("d", h.Name) }

// abroad renders whom DCS instances do not serve of those who come from other VPCs.
//
// Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
func (r *RouterPlan) abroad(w *topology.World) []nft.Rule {
	var rules []nft.Rule
	for _, h := range r.hosts(w) {
		m := nft.Match{OutIface: portName(h.Name)}
		switch {
		case h.OneVPC():
			rules = append(rules, r.fromAbroad(verdict.DCSOneVPC(h.Name), m)...)
		case len(h.ForbiddenClients()) > 0:
			m.SourceSet = forbiddenName(h)
			rules = append(rules, r.fromAbroad(verdict.DCSForbidden(h.Name), m)...)
		}
	}
	return rules
}

// fromAbroad condemns what matches and comes over any link from another VPC.
func (r *RouterPlan) fromAbroad(rule string, m nft.Match) []nft.Rule {
	var rules []nft.Rule
	for i, l := range r.peerings() {
		m.InIface = l.Interface
		condemning := r.Fates.condemn(rule, m)
		if i > 0 {
			condemning.Name = "" // a counter counts for one rule; the watch counts for all
		}
		rules = append(rules, condemning)
	}
	return rules
}

// peerings are the links to other VPCs. What comes over a VPN comes from none.
func (r *RouterPlan) peerings() []Link {
	var all []Link
	for _, l := range r.Links {
		if l.Kind == peeringLink {
			all = append(all, l)
		}
	}
	return all
}

// whitelists renders the access control of the managed services behind the router:
// who is not listed ends here, whatever the security groups say, silently or told
// by a reset. A list by which the application itself says no lets everybody through;
// see HostPlan.
//
// Source: DCS "Managing IP Address Whitelist".
func (r *RouterPlan) whitelists(w *topology.World) []nft.Rule {
	var rules []nft.Rule
	for _, h := range r.hosts(w) {
		if !h.Whitelist.InForce() || h.Whitelist.Refusal == topology.ApplicationRefusal {
			continue
		}
		m := unlisted(*h.Whitelist, whitelistName(h))
		m.OutIface = portName(h.Name)
		silent := r.Fates.condemn(verdict.Whitelist(h.Name), m)
		if h.Whitelist.Refusal == topology.ResetRefusal {
			told := m
			told.Destination = host(h.NIC.Address) // nobody says no in another one's name
			rules = append(rules, r.Fates.reset(verdict.Whitelist(h.Name), told), condemned(nft.Accept()))
			silent.Name = ""
		}
		rules = append(rules, silent)
	}
	return rules
}

// unlisted matches the sources that a list with the entries of a set does not admit.
func unlisted(l topology.Whitelist, set string) nft.Match {
	if l.Block {
		return nft.Match{SourceSet: set}
	}
	return nft.Match{NotSourceSet: set}
}

// resetting lists the addresses behind the router in whose name it may send resets.
func (r *RouterPlan) resetting(w *topology.World) []topology.Host {
	var all []topology.Host
	for _, h := range r.hosts(w) {
		if h.Whitelist.InForce() && h.Whitelist.Refusal == topology.ResetRefusal {
			all = append(all, h)
		}
	}
	return all
}

// planResets lets the router find the way of a reset that it sends: that of the
// replies of the host in whose name it is.
func (r *RouterPlan) planResets(w *topology.World, v *topology.VPC) {
	for _, h := range r.resetting(w) {
		_, s, _ := w.SubnetOf(h.NIC.Subnet)
		t, _ := v.Table(s)
		r.Lookup = append(r.Lookup, Lookup{
			Priority: customTables, In: itself, From: host(h.NIC.Address), Table: customTables + tableIndex(v, t.Name),
		})
	}
}

// itself is where packets come from that a router makes.
const itself = "lo"

// hosts are those behind the router.
func (r *RouterPlan) hosts(w *topology.World) []topology.Host {
	var all []topology.Host
	for _, h := range w.Hosts {
		if v, _, ok := w.SubnetOf(h.NIC.Subnet); ok && v.Name == r.VPC {
			all = append(all, h)
		}
	}
	return all
}

// Refusal is how a host's own application says no to those whom its whitelist does
// not admit.
type Refusal struct {
	Port    uint16
	List    topology.Whitelist
	Address netip.Addr
}

// refusalOf is what a host refuses by itself; nil where it does not.
func refusalOf(h topology.Host) *Refusal {
	if !managed.Refuses(h) {
		return nil
	}
	return &Refusal{Port: h.Managed.Kind.Port(), List: *h.Whitelist, Address: h.NIC.Address}
}

// refuse leads those who are not listed from the service's port to the one on which
// they are told so. The rule that counts them stands where the watch looks, before
// the kernel knows connections; the translation goes by its mark.
func (f *Fates) refuse(t *nft.Table, machine, iface string, r *Refusal) {
	if r == nil {
		return
	}
	t.Sets = append(t.Sets, nft.Set{Name: listName, Elements: r.List.Entries()})
	m := unlisted(r.List, listName)
	m.InIface, m.Destination, m.Protocol, m.DestinationPorts = iface, host(r.Address), nft.TCP, nft.Port(r.Port)
	t.Chains = append(t.Chains,
		nft.Chain{
			Name: "whitelist", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck},
			Rules: []nft.Rule{f.witness(verdict.Whitelist(machine), m)},
		},
		nft.Chain{
			Name: "refused", Base: &nft.Base{Type: nft.NAT, Hook: nft.Prerouting, Priority: nft.PriorityDestNAT},
			Rules: []nft.Rule{{Match: m, Verdict: nft.DNATTo(netip.AddrPortFrom(r.Address, managed.RefusalPort))}},
		})
}

// listName is the set of a whitelist's entries on its own host.
const listName = "listed"
