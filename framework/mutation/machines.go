package mutation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// machines are mutants of nodes and hosts: their container networks, engines and
// operating systems.
func machines() []Mutant {
	return append(append(masquerading(), nodes()...), hosts()...)
}

func masquerading() []Mutant {
	sg := []string{"SG-"}
	of := func(id, says string, mode topology.Mode, edit ruleEdit) Mutant {
		return Mutant{ID: id, Layer: DataPlane, Says: says, Try: sg, rules: func(p fabric.MachinePlan, rs *nft.Ruleset) {
			if p.Node != nil && (mode == "" || p.Node.Mode == mode) {
				editRules(rs, edit)
			}
		}}
	}
	masquerades := func(r *nft.Rule) bool { return strings.HasSuffix(r.Name, "/masquerade") }
	return []Mutant{
		of("masquerade-missing", "tunnel mode leaves pods their own addresses", topology.Tunnel, func(_ string, r *nft.Rule) fate {
			return staysUnless(masquerades(r))
		}),
		of("masquerade-too-much", "a node hides its pods from everybody, other pods included", "", func(_ string, r *nft.Rule) fate {
			if masquerades(r) {
				r.Match.NotDestinationSet = ""
			}
			return stays
		}),
		of("masquerade-everybody", "a node hides whoever passes, not only its pods", "", func(_ string, r *nft.Rule) fate {
			if masquerades(r) {
				r.Match.SourceSet, r.Match.NotDestinationSet = "", ""
			}
			return stays
		}),
		{ID: "routed-pods-seen-as-nodes", Layer: DataPlane, Says: "routed mode hides pods from whom it should not", Try: sg, world: eachCluster(func(c *topology.Cluster) {
			c.NonMasqueradeCIDRs = nil
		})},
		{ID: "routed-pods-never-hidden", Layer: DataPlane, Says: "routed mode hides pods from nobody", Try: []string{"NODE-016", "NODE-017", "PEER-021", "SG-"}, world: eachCluster(func(c *topology.Cluster) {
			if c.Mode == topology.Routed {
				c.NonMasqueradeCIDRs = []prefix{anywhere}
			}
		})},
		of("masqueraded-reply-passes", "the reply of a pod that would be hidden passes", topology.Routed, without("node/", "/masqueraded-reply")),
	}
}

func nodes() []Mutant {
	world := func(id, says string, try []string, edit func(*topology.Node)) Mutant {
		return Mutant{ID: id, Layer: DataPlane, Says: says, Try: try, world: eachCluster(func(c *topology.Cluster) {
			for i := range c.Nodes {
				edit(&c.Nodes[i])
			}
		})}
	}
	return []Mutant{
		world("node-forwards-always", "a node forwards although it is told not to", []string{"NODE-005"}, func(n *topology.Node) { n.ForwardingOff = false }),
		world("conntrack-never-full", "a node's connection tracking always has room", []string{"NODE-009"}, func(n *topology.Node) { n.ConntrackFull = false }),
		world("node-firewall-ignored", "a node's own firewall drops nothing", []string{"NODE-006"}, func(n *topology.Node) { n.Firewall = nil }),
		world("size-message-kept", "a node tells pods of narrow paths although it is told not to", []string{"NODE-007"}, func(n *topology.Node) { n.DropsFragNeeded = false }),
		world("further-blocks-ignored", "a node knows its first block only", []string{"PLAN-00", "SG-021", "ENG-008"}, func(n *topology.Node) { n.MoreBlocks = nil }),
		{ID: "policies-ignored", Layer: DataPlane, Says: "network policies keep nobody back", Try: []string{"NODE-014"}, world: eachCluster(func(c *topology.Cluster) { c.NetworkPolicies = nil })},
		{ID: "overlay-missing", Layer: DataPlane, Says: "tunnel mode has no way to the pods of other nodes", Try: []string{"NODE-001", "NODE-007"}, plan: func(p *fabric.Plan) {
			for i := range p.Machines {
				if n := p.Machines[i].Node; n != nil {
					n.Tunnels = nil
				}
			}
		}},
		{ID: "not-forwarded-uncounted", Layer: DataPlane, Says: "what is for nobody on a machine is neither counted nor dropped", Try: []string{"PEER-"}, rules: inMachines(without("host/", "/not-forwarded"))},
		{ID: "no-such-container-uncounted", Layer: DataPlane, Says: "what is for a container that nobody has leaves its node", Try: []string{"NODE-", "PEER-022"}, rules: inMachines(without("node/", "/no-such-container"))},
	}
}

func hosts() []Mutant {
	eng := []string{"ENG-"}
	world := func(id, says string, try []string, edit func(*topology.Host)) Mutant {
		return Mutant{ID: id, Layer: DataPlane, Says: says, Try: try, world: eachHost(edit)}
	}
	return []Mutant{
		world("engine-without-bridges", "a container engine has no bridges", eng, func(h *topology.Host) {
			if h.Engine != nil && len(h.Engine.Containers) == 0 {
				h.Engine = nil
			}
		}),
		world("engine-elsewhere", "a container engine's bridge has a block that was not asked for", eng, func(h *topology.Host) {
			if h.Engine != nil && len(h.Engine.Containers) == 0 {
				h.Engine = &topology.Engine{BridgeIP: elsewhere}
			}
		}),
		world("static-routes-ignored", "a host's own routes are left out", []string{"ENG-007", "ENG-012"}, func(h *topology.Host) { h.Routes = nil }),
		world("idle-bridge-always-ignored", "a host ignores routes over bridges without ports", []string{"ENG-006", "ENG-00"}, func(h *topology.Host) { h.IgnoreLinkDown = true }),
		world("idle-bridge-never-ignored", "a host uses routes over bridges without ports although told not to", []string{"ENG-006"}, func(h *topology.Host) { h.IgnoreLinkDown = false }),
		world("reverse-path-ignored", "a host never checks the reverse path", []string{"ENG-005"}, func(h *topology.Host) { h.StrictReversePath = false }),
		world("reverse-path-always", "every host checks the reverse path", []string{"ENG-00"}, func(h *topology.Host) { h.StrictReversePath = true }),
		world("host-firewall-ignored", "a host's own firewall drops nothing", []string{"PEER-026"}, func(h *topology.Host) { h.Firewall = nil }),
		{ID: "engine-bridge-uncounted", Layer: DataPlane, Says: "what a bridge swallows is not counted", Try: eng, rules: inMachines(without("engine/", ""))},
		{ID: "published-elsewhere", Layer: DataPlane, Says: "a published port leads to another port of its container", Try: []string{"ENG-011"}, plan: func(p *fabric.Plan) {
			for _, m := range p.Machines {
				for j := range m.Host.Bridges {
					b := &m.Host.Bridges[j]
					b.Attached = slices.Clone(b.Attached) // they are the world's
					for i := range b.Attached {
						b.Attached[i].Port++
					}
				}
			}
		}},
	}
}

// elsewhere is a block that no world uses.
var elsewhere = netip.MustParsePrefix("10.255.255.1/28")

func eachCluster(edit func(*topology.Cluster)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.Clusters {
			edit(&w.Clusters[i])
		}
	}
}

func eachHost(edit func(*topology.Host)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.Hosts {
			edit(&w.Hosts[i])
		}
	}
}

// managedServices are mutants of what guards managed services.
func managedServices() []Mutant {
	svc := []string{"SVC-", "TRI-"}
	list := func(id, says string, edit func(*topology.Whitelist)) Mutant {
		return Mutant{ID: id, Layer: DataPlane, Says: says, Try: svc, world: eachHost(func(h *topology.Host) {
			if h.Whitelist != nil {
				own := *h.Whitelist
				edit(&own)
				h.Whitelist = &own
			}
		})}
	}
	return []Mutant{
		list("whitelist-never-off", "a whitelist that is switched off is in force", func(l *topology.Whitelist) { l.Enabled = true }),
		list("whitelist-first-group-only", "only the first group of a whitelist counts", func(l *topology.Whitelist) {
			if len(l.Groups) > 1 {
				l.Groups = l.Groups[:1]
			}
		}),
		list("whitelist-by-whole-blocks", "a single address that is listed admits its neighbours", func(l *topology.Whitelist) {
			var wider []topology.WhitelistGroup
			for _, g := range l.Groups {
				w := topology.WhitelistGroup{Name: g.Name}
				for _, e := range g.Entries {
					w.Entries = append(w.Entries, netip.PrefixFrom(e.Addr(), min(e.Bits(), neighbours)).Masked())
				}
				wider = append(wider, w)
			}
			l.Groups = wider
		}),
		list("whitelist-refuses-silently", "every whitelist drops without a word", func(l *topology.Whitelist) { l.Refusal = topology.SilentRefusal }),
		{ID: "cache-serves-every-block", Layer: DataPlane, Says: "a cache serves clients of every block across a peering", Try: svc, plan: inRouters(without("dcs/", ""))},
	}
}

// neighbours is the length of a block of 16 addresses.
const neighbours = 28
