package record

// Standing is how a claim of the documentation stands after a run.
type Standing string

const (
	// Proved: every scenario of the claim has succeeded on a wire lab, in every mode
	// in which its case can arise, and nothing of it failed.
	Proved Standing = "proved"
	// Refuted: a wire lab has shown otherwise.
	Refuted Standing = "refuted"
	// Disputed: the documentation contradicts itself, and the reading that the lab
	// implements was shown as a proved claim is.
	Disputed Standing = "disputed"
	// ClaimNotRun: the run has not shown the whole claim, and Reason says what lacks.
	ClaimNotRun Standing = "not-run"
	// NotTestable: no lab can show it, and Reason says why.
	NotTestable Standing = "not-testable"
)

// Standings lists how claims may stand, in the order of texts.
func Standings() []Standing {
	return []Standing{Proved, Refuted, Disputed, ClaimNotRun, NotTestable}
}

// ClaimStatus is one checkable sentence of the documentation and how it stands
// after a run.
type ClaimStatus struct {
	// ID is "topic/what-is-claimed", or the row of what is not testable.
	ID string `json:"id"`
	// Source is where the documentation says it: a page, and the line of its plain
	// text where it is known.
	Source string `json:"source"`
	// Text says in our words what the documentation promises.
	Text   string   `json:"text"`
	Status Standing `json:"status"`
	// Scenarios are those that prove it, by id.
	Scenarios []string `json:"scenarios,omitempty"`
	// Results name those that show the status: of a proved claim the successes, of
	// a refuted one the failures.
	Results []string `json:"results,omitempty"`
	// Reason says what lacks where a claim is neither proved nor disputed.
	Reason string `json:"reason,omitempty"`
	// Finding is the id of the contradiction that the claim is part of.
	Finding string `json:"finding,omitempty"`
}

// Finding is a place where the documentation contradicts itself, and what the lab
// makes of it.
type Finding struct {
	// ID is "topic/what-is-contradicted"; claims refer to it.
	ID string `json:"id"`
	// Title is the contradiction in one line.
	Title string `json:"title"`
	// Says are the readings, at least two, each where it stands.
	Says []Saying `json:"says"`
	// Reading is the one that the lab implements, and why.
	Reading string `json:"reading"`
	// Scenarios are those that assert the reading, by id.
	Scenarios []string `json:"scenarios,omitempty"`
	// Status is how the reading stands after the run: proved, refuted or not run.
	// It is not testable where the readings differ in nothing that a lab could show.
	Status Standing `json:"status"`
	// Evidence is what the run saw of it, one observation each.
	Evidence []Sight `json:"evidence,omitempty"`
	// Reason says what lacks where the reading is not proved.
	Reason string `json:"reason,omitempty"`
}

// Saying is one of the readings of a documentation that contradicts itself.
type Saying struct {
	// Where is the page, and the line of its plain text where it is known.
	Where string `json:"where"`
	// Text is what it says there, in our words.
	Text string `json:"text"`
}

// Sight is one observation that a finding rests on.
type Sight struct {
	// Result names the result whose check it was, Phase the phase of it.
	Result string `json:"result"`
	Phase  Phase  `json:"phase"`
	// Saw is the flow with its addresses and what became of it.
	Saw string `json:"saw"`
}
