package mutation

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// oracles are mutants of what paper predicts. Whatever the data plane can be wrong
// about for having misread the world, paper can be as well; and the literals of the
// scenarios are there to tell.
func oracles() []Mutant {
	var all []Mutant
	for _, some := range [][]Mutant{groups(), routes(), links(), machines(), managedServices()} {
		for _, m := range some {
			// Paper delivers to a pod by its address, of whatever block it is.
			if m.world != nil && m.ID != "further-blocks-ignored" {
				m.ID, m.Layer, m.Says = "oracle-"+m.ID, Oracle, "paper believes: "+m.Says
				all = append(all, m)
			}
		}
	}
	of := func(id, says string, try []string, world func(*topology.World)) Mutant {
		return Mutant{ID: "oracle-" + id, Layer: Oracle, Says: "paper believes: " + says, Try: try, world: world}
	}
	return append(append(all,
		of("rule-inverted", "what a rule allows is denied, and the other way round", nil, eachGroupRule(inverted)),
		of("sg-allows-all", "security groups admit everything", nil, eachGroupRule(admitAll)),
		of("direction-swapped", "inbound rules are outbound ones, and the other way round", nil, eachGroupRule(turned)),
		of("acl-ignored", "there are no network ACLs", []string{"NODE-01"}, eachSubnet(func(s *topology.Subnet) { s.ACL = "" })),
		of("default-table-for-all", "every subnet has the default route table", []string{"PEER-"}, eachSubnet(func(s *topology.Subnet) { s.RouteTable = "" })),
		of("source-check-missing", "no NIC's source is checked", []string{"NODE-004"}, eachNIC(func(n *topology.NIC) { n.SourceCheckOff = true })),
		of("masquerade-missing", "tunnel mode leaves pods their own addresses", nil, eachCluster(func(c *topology.Cluster) {
			if c.Mode == topology.Tunnel {
				c.Mode, c.NonMasqueradeCIDRs = topology.Routed, []prefix{anywhere}
			}
		})),
		of("policy-local-for-all", "every Service forwards to backends on the same node only", []string{"NODE-02"}, eachService(func(s *topology.Service) { s.Policy = topology.LocalPolicy })),
		of("policy-cluster-for-all", "every Service forwards to any backend", []string{"NODE-02"}, eachService(func(s *topology.Service) { s.Policy = topology.ClusterPolicy })),
		of("selector-ignored", "no Service has a backend", []string{"NODE-02"}, eachService(func(s *topology.Service) { s.Backends = nil })),
		of("dns-knows-private-names", "the cluster's DNS knows every private name", []string{"NODE-024"}, eachCluster(func(c *topology.Cluster) {
			if c.DNS != nil {
				own := *c.DNS
				own.PrivateNames = true
				c.DNS = &own
			}
		})),
		of("nobody-listens", "no host listens", []string{"SG-009"}, eachHost(func(h *topology.Host) { h.Listeners = nil })),
	), predictions()...)
}

// predictions are mutants of the oracle's last word.
func predictions() []Mutant {
	of := func(id, says string, try []string, predict func(topology.World, *verdict.Observation)) Mutant {
		return Mutant{ID: "oracle-" + id, Layer: Oracle, Says: says, Try: try, predict: predict}
	}
	return []Mutant{
		of("replies-return", "paper never loses a reply", []string{"PEER-", "ENG-"}, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.Kind == verdict.KindReplyLost {
				o.Verdict = verdict.ReachedAs(o.Flow.From)
			}
		}),
		of("replies-are-requests", "paper takes a lost reply for a dropped request", []string{"PEER-", "ENG-"}, func(_ topology.World, o *verdict.Observation) {
			if v := o.Verdict; v.Kind == verdict.KindReplyLost {
				o.Verdict = verdict.Dropped(v.Hop, v.Rule)
			}
		}),
		of("always-yes", "paper lets everything through", nil, func(_ topology.World, o *verdict.Observation) {
			o.Verdict = verdict.ReachedAs(o.Flow.From)
		}),
		of("seen-as-the-client", "paper knows nobody who hides anybody", nil, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.Positive() {
				o.Verdict = verdict.ReachedAs(o.Flow.From)
			}
		}),
		{ID: "oracle-nothing-survives", Layer: Oracle, Says: "paper lets no connection survive a change", Try: []string{"SG-014", "SG-015", "NODE-012", "PEER-020"}, survives: func(bool) bool { return false }},
		{ID: "oracle-all-survives", Layer: Oracle, Says: "paper lets every connection survive every change", Try: []string{"SG-014", "SG-015", "NODE-012", "PEER-020"}, survives: func(bool) bool { return true }},
	}
}

// planners are mutants of validation: each rule of address planning that is not
// enforced, and a test of containment that looks one way only.
func planners() []Mutant {
	all := []Mutant{{
		ID: "containment-asymmetric", Layer: Planner, Says: "blocks conflict only where the first is the wider", Try: []string{"PLAN-"},
		refuse: func(ps []topology.Problem) []topology.Problem {
			return slices.DeleteFunc(slices.Clone(ps), func(p topology.Problem) bool {
				return p.Pair[1].IsValid() && p.Pair[0].Bits() >= p.Pair[1].Bits()
			})
		},
	}, {
		ID: "accepts-all-plans", Layer: Planner, Says: "no plan is refused", Try: []string{"PLAN-"},
		refuse: func([]topology.Problem) []topology.Problem { return nil },
	}}
	for _, rule := range []topology.RuleID{
		topology.ContainersInVPC, topology.ServicesInVPC, topology.ServicesInContainers, topology.ContainersOfTwoClusters,
		topology.NotCanonical, topology.EntriesOverlap,
	} {
		all = append(all, Mutant{
			ID: "not-enforced-" + string(rule), Layer: Planner, Says: "plans are not refused for " + string(rule), Try: []string{"PLAN-"},
			refuse: func(ps []topology.Problem) []topology.Problem {
				return slices.DeleteFunc(slices.Clone(ps), func(p topology.Problem) bool { return p.Rule == rule })
			},
		})
	}
	return all
}

func inverted(rules []topology.SecurityGroupRule) []topology.SecurityGroupRule {
	for i, r := range rules {
		rules[i].Action = topology.Deny
		if r.Action == topology.Deny {
			rules[i].Action = topology.Allow
		}
	}
	return rules
}

func admitAll([]topology.SecurityGroupRule) []topology.SecurityGroupRule {
	return []topology.SecurityGroupRule{
		{Name: "in", Direction: topology.Ingress, CIDR: anywhere}, {Name: "out", Direction: topology.Egress, CIDR: anywhere},
	}
}

func turned(rules []topology.SecurityGroupRule) []topology.SecurityGroupRule {
	for i, r := range rules {
		rules[i].Direction = topology.Ingress
		if r.Direction == topology.Ingress {
			rules[i].Direction = topology.Egress
		}
	}
	return rules
}

func eachSubnet(edit func(*topology.Subnet)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.VPCs {
			for j := range w.VPCs[i].Subnets {
				edit(&w.VPCs[i].Subnets[j])
			}
		}
	}
}

func eachService(edit func(*topology.Service)) func(*topology.World) {
	return eachCluster(func(c *topology.Cluster) {
		for i := range c.Services {
			edit(&c.Services[i])
		}
	})
}
