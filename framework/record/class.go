package record

// Class is a kind of failure: who has to look at it.
type Class string

const (
	// Expectation: paper and lab agree, and the scenario says otherwise.
	Expectation Class = "expectation"
	// Disagreement: paper and lab do not agree on a flow, whatever the scenario
	// says. One of the two is wrong, and no verdict of either can be trusted.
	Disagreement Class = "disagreement"
	// Unknown: the lab could not say what became of a flow.
	Unknown Class = "inconclusive"
	// WrongCause: the verdict was right, and its evidence names something else.
	WrongCause Class = "wrong-cause"
	// Lost: a service lost something that it had acknowledged.
	Lost Class = "lost"
	// Late: what is allowed again, or forbidden, was not so within the fault's budget.
	Late Class = "late"
	// Collateral: a control moved.
	Collateral Class = "collateral"
	// BadScenario: the scenario's own world or changes cannot be.
	BadScenario Class = "scenario"
	// BrokenLab: the lab could not do as it was told.
	BrokenLab Class = "lab"
	// Leak: something was left behind.
	Leak Class = "leak"
	// Ended: it was cut short and says nothing about the scenario.
	Ended Class = "ended"
	// TheRun: the run itself, not a scenario.
	TheRun Class = "run"
)
