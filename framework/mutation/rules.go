package mutation

import (
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
)

// rulesEdit edits the rules of a machine.
type rulesEdit = func(fabric.MachinePlan, *nft.Ruleset)

// ruleEdit decides on one rule of a chain: it may edit the rule, and says whether
// the rule stays.
type ruleEdit func(chain string, r *nft.Rule) fate

type fate string

const (
	stays fate = "stays"
	goes  fate = "goes"
)

// editRules applies an edit to every rule of a ruleset. Rulesets that were rendered
// share nothing, so that this happens in place.
func editRules(rs *nft.Ruleset, edit ruleEdit) {
	for i := range rs.Tables {
		for j := range rs.Tables[i].Chains {
			c := &rs.Tables[i].Chains[j]
			var kept []nft.Rule
			for _, r := range c.Rules {
				if edit(c.Name, &r) == stays {
					kept = append(kept, r)
				}
			}
			c.Rules = kept
		}
	}
}

// inRouters makes a plan's edit of one of the routers' rules.
func inRouters(edit ruleEdit) func(*fabric.Plan) {
	return func(p *fabric.Plan) {
		for i := range p.Routers {
			editRules(&p.Routers[i].Rules, edit)
		}
	}
}

// inMachines makes a rules edit of one of the machines' rules.
func inMachines(edit ruleEdit) rulesEdit {
	return func(_ fabric.MachinePlan, rs *nft.Ruleset) { editRules(rs, edit) }
}

// eachRouter makes a plan's edit of one of each router.
func eachRouter(edit func(*fabric.RouterPlan)) func(*fabric.Plan) {
	return func(p *fabric.Plan) {
		for i := range p.Routers {
			edit(&p.Routers[i])
		}
	}
}

// without takes away the rules that drop, or bear witness, under names that begin
// and end as given, and what counts them.
func without(begins, ends string) ruleEdit {
	return func(_ string, r *nft.Rule) fate {
		if strings.HasPrefix(r.Name, begins) && strings.HasSuffix(r.Name, ends) {
			return goes
		}
		return stays
	}
}

// guards reports whether a chain holds what a NIC's groups say in a direction.
func guards(chain, direction string) bool { return strings.HasPrefix(chain, direction+"/") }

// sinkOf finds the interface that loses under a rule's name.
func sinkOf(r *fabric.RouterPlan, begins, ends string) []string {
	var all []string
	for _, s := range r.Sinks {
		if strings.HasPrefix(s.Rule, begins) && strings.HasSuffix(s.Rule, ends) {
			all = append(all, s.Interface)
		}
	}
	return all
}

// carryInstead lets the routes that end in sinks of such rules lead over the link
// that chosen picks; those for which it picks none stay.
func carryInstead(r *fabric.RouterPlan, begins, ends string, chosen func(fabric.Route) (fabric.Link, bool)) {
	sinks := sinkOf(r, begins, ends)
	for i, route := range r.Routes {
		if !slices.Contains(sinks, route.Interface) {
			continue
		}
		if l, ok := chosen(route); ok {
			r.Routes[i].Interface, r.Routes[i].Via = l.Interface, fabric.PeerHop
		}
	}
}
