package chaos

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Names of what faults add.
const (
	denying  = "chaos-denies"
	closed   = "chaos-acl"
	growth   = "chaos"
	firewall = "chaos-firewall"
)

var everywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// Faults lists what can be done to a world, in its order. Their names are unique. Not every one can be combined with every other
// one, and not every one shows in any traffic.
func Faults(w topology.World) []Fault {
	var all []Fault
	for _, g := range w.SecurityGroups {
		all = append(all, ofGroup(g)...)
	}
	for _, v := range w.VPCs {
		all = append(all, ofNetwork(v)...)
	}
	for _, p := range w.Peerings {
		all = append(all, Fault{PeeringDeleted, p.Name, change.RemovePeering{Peering: p.Name}})
	}
	for _, h := range w.Hosts {
		all = append(all, ofHost(w, h)...)
	}
	for _, c := range w.Clusters {
		all = append(all, ofCluster(c)...)
		all = append(all, ofPods(w, c)...)
	}
	return append(all, happenings(w)...)
}

func ofGroup(g topology.SecurityGroup) []Fault {
	var all []Fault
	for _, r := range g.Rules {
		if r.Direction != topology.Ingress {
			continue
		}
		on := g.Name + "/" + r.Name
		all = append(all, Fault{RuleRevoked, on, change.RevokeRule{Group: g.Name, Rule: r.Name}})
		deny := r
		deny.Name, deny.Action, deny.Priority = denying+"-"+r.Name, topology.Deny, 1
		all = append(all, Fault{RuleDenies, on, change.AdmitRule{Group: g.Name, Rule: deny}})
	}
	return all
}

func ofNetwork(v topology.VPC) []Fault {
	var all []Fault
	for _, t := range v.RouteTables {
		for _, r := range t.Routes {
			all = append(all, Fault{RouteWithdrawn, fmt.Sprintf("%s/%s", t.Name, r.Destination), change.WithdrawRoute{Table: t.Name, Destination: r.Destination}})
		}
	}
	for _, s := range v.Subnets {
		if s.ACL != "" {
			continue
		}
		name := closed + "-" + s.Name
		all = append(all, Fault{ACLAttached, s.Name, change.All(
			change.AddACL{ACL: topology.NetworkACL{Name: name}}, change.AttachACL{Subnet: s.Name, ACL: name},
		)})
	}
	return all
}

func ofHost(w topology.World, h topology.Host) []Fault {
	var all []Fault
	for _, l := range h.Listeners {
		all = append(all, Fault{ServiceStopped, fmt.Sprintf("%s/%s/%d", h.Name, l.Protocol, l.Port), change.StopListening{Endpoint: h.Name, Listener: l}})
	}
	if h.Whitelist != nil && h.Whitelist.Enabled {
		for i, e := range h.Whitelist.Entries() {
			all = append(all, Fault{WhitelistOverwritten, fmt.Sprintf("%s/%s", h.Name, e), change.SetWhitelist{
				Host: h.Name, Whitelist: without(*h.Whitelist, i),
			}})
		}
	}
	if h.Managed != nil {
		return append(all, ofInstance(h)...)
	}
	all = append(all, Fault{FirewallRaised, h.Name, raised(h.Name, topology.InputChain)})
	if h.Engine == nil {
		for _, c := range w.Clusters {
			for _, block := range c.ContainerCIDRs {
				bridge := netip.PrefixFrom(block.Masked().Addr().Next(), block.Bits())
				all = append(all, Fault{EngineConflict, fmt.Sprintf("%s/%s", h.Name, block), change.InstallEngine{
					Host: h.Name, Engine: topology.Engine{BridgeIP: bridge},
				}})
			}
		}
		return all
	}
	for _, c := range w.Clusters {
		for _, block := range c.ContainerCIDRs {
			all = append(all, Fault{EngineGrew, fmt.Sprintf("%s/%s", h.Name, block), grown(w, h, block)})
		}
	}
	return all
}

// without is a whitelist that leaves one of its entries out, as a request does that names the others only.
func without(l topology.Whitelist, entry int) topology.Whitelist {
	l = l.Clone()
	at := 0
	for g := range l.Groups {
		entries := l.Groups[g].Entries
		if entry >= at && entry < at+len(entries) {
			l.Groups[g].Entries = append(entries[:entry-at:entry-at], entries[entry-at+1:]...)
			break
		}
		at += len(entries)
	}
	return l
}

func raised(machine string, chain topology.FirewallChain) change.Change {
	return change.AddFirewallRule{Machine: machine, Rule: topology.FirewallRule{
		Name: firewall + "-" + string(chain), Chain: chain, CIDR: everywhere,
	}}
}

func ofCluster(c topology.Cluster) []Fault {
	var all []Fault
	for i, block := range c.NonMasqueradeCIDRs {
		rest := append(c.NonMasqueradeCIDRs[:i:i], c.NonMasqueradeCIDRs[i+1:]...)
		all = append(all, Fault{MasqueradeChanged, fmt.Sprintf("%s/%s", c.Name, block), change.SetNonMasquerade{Cluster: c.Name, CIDRs: rest}})
	}
	for _, n := range c.Nodes {
		if n.NIC.SourceCheckOff {
			all = append(all, Fault{SourceCheckOn, n.Name, change.EnableSourceCheck{Machine: n.Name}})
		}
		if !n.ForwardingOff {
			all = append(all, Fault{ForwardingOff, n.Name, change.StopForwarding{Node: n.Name}})
		}
		if !n.ConntrackFull {
			all = append(all, Fault{ConntrackFull, n.Name, change.FillConntrack{Node: n.Name}})
		}
		all = append(all,
			Fault{FirewallRaised, n.Name + "/input", raised(n.Name, topology.InputChain)},
			Fault{FirewallRaised, n.Name + "/forward", raised(n.Name, topology.ForwardChain)})
	}
	for _, p := range c.Pods {
		for _, l := range p.Listeners {
			all = append(all, Fault{ServiceStopped, fmt.Sprintf("%s/%s/%d", p.Name, l.Protocol, l.Port), change.StopListening{Endpoint: p.Name, Listener: l}})
		}
	}
	return all
}
