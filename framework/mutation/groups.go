package mutation

import (
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// groups are mutants of security groups, network ACLs, whitelists and of what knows
// connections.
func groups() []Mutant {
	return slices.Concat(groupRules(), groupOrder(), connections(), borders())
}

func ofPlan(id, says string, try []string, plan func(*fabric.Plan)) Mutant {
	return Mutant{ID: id, Layer: DataPlane, Says: says, Try: try, plan: plan}
}

func groupRules() []Mutant {
	sg, of := []string{"SG-"}, ofPlan
	return []Mutant{
		of("sg-allows-all", "security groups admit everything, both ways", sg, inRouters(func(chain string, _ *nft.Rule) fate {
			return staysUnless(guards(chain, "ingress") || guards(chain, "egress"))
		})),
		of("sg-ingress-ignored", "inbound rules are not asked", sg, inRouters(func(chain string, _ *nft.Rule) fate {
			return staysUnless(guards(chain, "ingress"))
		})),
		of("sg-egress-ignored", "outbound rules are not asked", sg, inRouters(func(chain string, _ *nft.Rule) fate {
			return staysUnless(guards(chain, "egress"))
		})),
		of("sg-default-admits", "what no rule of a group matches is admitted", sg, inRouters(without("sg/", "/default-deny"))),
		of("sg-wrong-direction", "inbound rules are asked about what leaves the NIC", sg, inRouters(askedTheWrongWay)),
		of("sg-admits-nobody", "no rule of a group admits anything", sg, inRouters(func(chain string, r *nft.Rule) fate {
			return staysUnless(guards(chain, "ingress") && r.Verdict == nft.Return() && r.Name != "")
		})),
		of("sg-ports-ignored", "rules of groups match every port", sg, inRouters(func(chain string, r *nft.Rule) fate {
			if guards(chain, "ingress") || guards(chain, "egress") {
				r.Match.DestinationPorts = nft.Ports{}
			}
			return stays
		})),
		of("sg-protocol-ignored", "rules of groups match every protocol", sg, inRouters(func(chain string, r *nft.Rule) fate {
			if guards(chain, "ingress") || guards(chain, "egress") {
				r.Match.DestinationPorts, r.Match.Protocol = nft.Ports{}, nft.AnyProtocol
			}
			return stays
		})),
		of("sg-source-ignored", "inbound rules match every source", sg, inRouters(func(chain string, r *nft.Rule) fate {
			if guards(chain, "ingress") {
				r.Match.Source, r.Match.SourceSet = nft.Match{}.Source, ""
			}
			return stays
		})),
		of("sg-group-is-nobody", "a group named by a rule has no members", sg, editSets("g/", func([]prefix) []prefix { return nil })),
		of("sg-group-is-everybody", "a group named by a rule has everybody as member", sg, editSets("g/", func([]prefix) []prefix { return []prefix{anywhere} })),
		of("drops-uncounted", "what no rule of a group matches is dropped without a count", sg, inRouters(func(_ string, r *nft.Rule) fate {
			if strings.HasPrefix(r.Name, "sg/") && strings.HasSuffix(r.Name, "/default-deny") {
				r.Name, r.Verdict = "", nft.Drop()
			}
			return stays
		})),
	}
}

// groupOrder are mutants of which rule of a group is asked first.
func groupOrder() []Mutant {
	sg := []string{"SG-"}
	return []Mutant{
		{ID: "sg-deny-ignored", Layer: DataPlane, Says: "rules that deny are left out", Try: sg, world: eachGroupRule(func(rules []topology.SecurityGroupRule) []topology.SecurityGroupRule {
			return slices.DeleteFunc(rules, func(r topology.SecurityGroupRule) bool { return r.Action == topology.Deny })
		})},
		{ID: "sg-priority-reversed", Layer: DataPlane, Says: "the highest number is the first priority", Try: sg, world: eachGroupRule(reversedPriority)},
		{ID: "sg-deny-after-allow", Layer: DataPlane, Says: "of equal priority, what allows comes before what denies", Try: sg, world: eachGroupRule(allowFirst)},
	}
}

// connections are mutants of what knows connections.
func connections() []Mutant {
	of := ofPlan
	return []Mutant{
		of("stateless", "replies are asked about as if they were requests", []string{"SG-"}, inRouters(func(chain string, r *nft.Rule) fate {
			return staysUnless(chain == "forward" && r.Match.CtState&nft.CtEstablished != 0)
		})),
		of("stale-conntrack", "changed inbound rules leave live connections alone", []string{"SG-014"}, eachRouter(func(r *fabric.RouterPlan) {
			r.Inbound = map[string]string{}
		})),
		of("conntrack-always-cut", "every change cuts every live connection", []string{"SG-015", "NODE-012"}, alwaysCut()),
	}
}

// borders are mutants of network ACLs, source checks and whitelists.
func borders() []Mutant {
	acl, of := []string{"NODE-01"}, ofPlan
	return []Mutant{
		of("acl-ignored", "network ACLs are not asked", acl, inRouters(func(_ string, r *nft.Rule) fate {
			return staysUnless(jumpsTo(*r, "acl/"))
		})),
		of("acl-default-admits", "what no rule of a network ACL matches is admitted", acl, inRouters(without("acl/", "/default-deny"))),
		of("acl-egress-only", "a network ACL is asked about what leaves its subnet only", acl, inRouters(func(_ string, r *nft.Rule) fate {
			return staysUnless(jumpsTo(*r, "acl/ingress"))
		})),
		{ID: "acl-order-reversed", Layer: DataPlane, Says: "the last rule of a network ACL is asked first", Try: acl, world: func(w *topology.World) {
			for i := range w.NetworkACLs {
				w.NetworkACLs[i].Rules = reversedPriority(w.NetworkACLs[i].Rules)
			}
		}},
		of("source-check-missing", "no NIC's source is checked", []string{"NODE-004"}, inRouters(without("nic/", "/source-check"))),
		{ID: "source-check-always", Layer: DataPlane, Says: "every NIC's source is checked, whatever its setting", Try: []string{"SG-001"}, world: eachNIC(func(n *topology.NIC) { n.SourceCheckOff = false })},
		{ID: "whitelist-ignored", Layer: DataPlane, Says: "whitelists admit everybody", Try: []string{"SVC-", "TRI-"}, world: func(w *topology.World) {
			for i := range w.Hosts {
				w.Hosts[i].Whitelist = nil
			}
		}},
		of("whitelist-inverted", "a whitelist keeps out whom it lists", []string{"SVC-", "TRI-"}, inRouters(func(_ string, r *nft.Rule) fate {
			if strings.HasPrefix(r.Match.NotSourceSet, "w/") {
				r.Match.SourceSet, r.Match.NotSourceSet = r.Match.NotSourceSet, ""
			}
			return stays
		})),
	}
}

func staysUnless(gone bool) fate {
	if gone {
		return goes
	}
	return stays
}

func jumpsTo(r nft.Rule, begins string) bool { return strings.HasPrefix(r.Verdict.Chain(), begins) }

// askedTheWrongWay asks a NIC's inbound rules about what comes in by its port, which
// is what leaves the NIC.
func askedTheWrongWay(chain string, r *nft.Rule) fate {
	if chain == "forward" && jumpsTo(*r, "ingress/") {
		r.Match.InIface, r.Match.OutIface = r.Match.OutIface, ""
	}
	return stays
}

// alwaysCut makes the inbound rules of every adoption look like new ones.
func alwaysCut() func(*fabric.Plan) {
	adoptions := 0
	return func(p *fabric.Plan) {
		adoptions++
		for i := range p.Routers {
			for machine := range p.Routers[i].Inbound {
				p.Routers[i].Inbound[machine] += strings.Repeat("!", adoptions)
			}
		}
	}
}

// editSets edits the elements of the routers' sets whose names begin as given.
func editSets(begins string, edit func([]prefix) []prefix) func(*fabric.Plan) {
	return eachRouter(func(r *fabric.RouterPlan) {
		for i := range r.Rules.Tables {
			for j := range r.Rules.Tables[i].Sets {
				if s := &r.Rules.Tables[i].Sets[j]; strings.HasPrefix(s.Name, begins) {
					s.Elements = edit(s.Elements)
				}
			}
		}
	})
}

func eachGroupRule(edit func([]topology.SecurityGroupRule) []topology.SecurityGroupRule) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.SecurityGroups {
			w.SecurityGroups[i].Rules = edit(w.SecurityGroups[i].Rules)
		}
	}
}

// lastPriority is the lowest priority that a rule may have.
const lastPriority = 100

func reversedPriority(rules []topology.SecurityGroupRule) []topology.SecurityGroupRule {
	for i := range rules {
		rules[i].Priority = lastPriority + 1 - max(rules[i].Priority, 1)
	}
	return rules
}

func allowFirst(rules []topology.SecurityGroupRule) []topology.SecurityGroupRule {
	for i := range rules {
		rules[i].Priority = 2 * max(rules[i].Priority, 1)
		if rules[i].Action == topology.Deny {
			rules[i].Priority++
		}
	}
	return rules
}

// eachNIC edits the NIC of every host and node.
func eachNIC(edit func(*topology.NIC)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.Hosts {
			edit(&w.Hosts[i].NIC)
		}
		for i := range w.Clusters {
			for j := range w.Clusters[i].Nodes {
				edit(&w.Clusters[i].Nodes[j].NIC)
			}
		}
	}
}
