package fabric

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// A rule that drops does so in two steps: it counts the packet under its own
// name and marks it with its number, and a later chain drops what is marked. In
// between, the watch sees which flow's packets which rule has condemned. That is
// what attributes a drop to a flow: the counter of a rule alone counts everybody's
// packets, and a cluster always has some of its own.

// Fates are the names of the dropping rules of one hop; a rule's number is its
// place in the list, from 1.
type Fates []string

// A mark is a flag and the number of the rule that made it. Kubernetes' own marks
// are bits in between.
const (
	// condemnedFlag is set in every mark that a dropping rule makes.
	condemnedFlag uint32 = 1 << 31
	// witnessFlag is set instead where the kernel itself, or whatever else runs
	// there, is about to lose the packet: the rule only bears witness to it.
	witnessFlag uint32 = 1 << 30
	// countedFlag is set in a witness's mark once the watch has noted it, since
	// the packet may live on to a later hook.
	countedFlag uint32 = 1 << 29
	// resetFlag is set beside condemnedFlag where the sender of a TCP segment is
	// told by a reset.
	resetFlag uint32 = 1 << 28
)

// Where in a hook a drop happens: after every decision of the hook. Before
// routing, the decisions are the first of all.
const (
	priorityWatchFates = 10
	priorityExecution  = 20
	afterFirstOfAll    = prioritySourceCheck
)

// verdictHooks are the hooks at which rules condemn.
func verdictHooks() []nft.Hook {
	return []nft.Hook{nft.Prerouting, nft.Input, nft.Forward, nft.Output}
}

// after is the priority that follows a hook's decisions.
func after(h nft.Hook, priority int) int {
	if h == nft.Prerouting {
		return afterFirstOfAll + priority
	}
	return priority
}

// condemn renders a dropping rule and remembers its name.
func (f *Fates) condemn(rule string, m nft.Match) nft.Rule {
	return nft.Rule{Name: nft.Name(rule), Match: m, Verdict: nft.SetMark(condemnedFlag|f.number(rule), ^uint32(0))}
}

// reset renders a rule that says no aloud to TCP, the only protocol in which a
// router can do so in the server's name.
func (f *Fates) reset(rule string, m nft.Match) nft.Rule {
	m.Protocol = nft.TCP
	return nft.Rule{Name: nft.Name(rule), Match: m, Verdict: nft.SetMark(condemnedFlag|resetFlag|f.number(rule), ^uint32(0))}
}

// witness renders a rule that drops nothing: it marks what will be lost all the
// same, by something that does not say so itself.
func (f *Fates) witness(rule string, m nft.Match) nft.Rule {
	return nft.Rule{Name: nft.Name(rule), Match: m, Verdict: nft.SetMark(witnessFlag|f.number(rule), ^uint32(0))}
}

func (f *Fates) number(rule string) uint32 {
	i := slices.Index(*f, rule)
	if i < 0 {
		*f, i = append(*f, rule), len(*f)
	}
	return uint32(i + 1)
}

// ruleOf is the place in the list of the rule that made a mark.
func ruleOf(mark uint32) (int, bool) {
	number := mark &^ (condemnedFlag | witnessFlag | resetFlag)
	return int(number) - 1, number > 0
}

// counted renders what the watch does with a witness's mark that it has noted.
func counted() nft.Rule {
	return nft.Rule{Match: nft.Match{Mark: nft.Mark{Value: witnessFlag, Mask: witnessFlag}}, Verdict: nft.SetMark(countedFlag, countedFlag)}
}

// witnessed renders what a chain does with a packet that a witness marked before.
func witnessed(v nft.Verdict) nft.Rule {
	return nft.Rule{Match: nft.Match{Mark: nft.Mark{Value: witnessFlag, Mask: witnessFlag}}, Verdict: v}
}

// condemned renders what a chain does with a packet that was condemned before.
func condemned(v nft.Verdict) nft.Rule {
	return nft.Rule{Match: nft.Match{Mark: nft.Mark{Value: condemnedFlag, Mask: condemnedFlag}}, Verdict: v}
}

// execution renders the chain that drops what was condemned at a hook.
func execution(name string, h nft.Hook) nft.Chain {
	return nft.Chain{
		Name:  name,
		Base:  &nft.Base{Type: nft.Filter, Hook: h, Priority: after(h, priorityExecution)},
		Rules: []nft.Rule{condemned(nft.Drop())},
	}
}

// resets renders what an execution does first where rules say no aloud.
func resets() nft.Rule {
	told := condemnedFlag | resetFlag
	return nft.Rule{Match: nft.Match{Protocol: nft.TCP, Mark: nft.Mark{Value: told, Mask: told}}, Verdict: nft.Reset()}
}

// fateName is what a mutant knows the count of a flow's packets of one way that a rule
// condemned by.
func fateName(w verdict.Way, rule string) string { return nft.Name("fate", string(w), rule) }
