package storm

import (
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
)

// A report shows the budgets that its lab was held to.
func TestBudgets_are_the_labs(t *testing.T) {
	plain, _ := config.BudgetOf(string(chaos.RuleRevoked))
	for on, times := range map[string]int{"netns": 1, "kind": config.KindChaos().Lenience, "netns,kind": 1} {
		r := Report{About: About{Lab: on}, Rows: []chaos.Row{{Kind: chaos.RuleRevoked}, {Kind: chaos.RuleRevoked, Heals: true}}}
		all := budgets(r.Rows, r.Lab)
		if len(all) != 1 || all[0].Here != time.Duration(times)*plain.Here || all[0].Documented != plain.Documented {
			t.Errorf("%s: %+v", on, all)
		}
		if strings.Contains(on, "kind") == (r.Lenient() == "") {
			t.Errorf("%s: it says %q", on, r.Lenient())
		}
	}
}
