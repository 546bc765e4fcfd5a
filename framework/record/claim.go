package record

// Standing is how a claim of the documentation stands after a run.
type Standing string

const (
	// Proved: every scenario of the claim has succeeded on a wire lab, in every mode
	// in which its case can arise, and nothing of it failed.
	Proved Standing = "proved"
	// Refuted: a wire lab has answered otherwise.
	Refuted Standing = "refuted"
	// Disputed: as proved, of a sentence that the documentation contradicts elsewhere;
	// what was shown is the reading that the lab implements.
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

// FindingKind is in what way the documentation leaves a reader alone.
type FindingKind string

const (
	// Contradiction: the readings exclude each other. Claims of it are disputed.
	Contradiction FindingKind = "contradiction"
	// Apparent: the readings agree once something is known that they do not say.
	Apparent FindingKind = "apparent"
	// Silence: nothing is said; the reading follows from what is.
	Silence FindingKind = "silence"
)

// Finding is a place where the documentation contradicts itself, or leaves open
// what a lab has to decide, and what the lab makes of it.
type Finding struct {
	// ID is "topic/what-it-is-about"; claims refer to it.
	ID   string      `json:"id"`
	Kind FindingKind `json:"kind"`
	// Title is the finding in one line.
	Title string `json:"title"`
	// Says are the readings, each where it stands.
	Says []Saying `json:"says"`
	// Reading is the one that the lab implements, and why.
	Reading string `json:"reading"`
	// Claims rest on the reading, and their scenarios show it.
	Claims []string `json:"claims"`
	// Status is how the reading stands after the run: proved, refuted or not run,
	// with the same meaning as of a claim.
	Status Standing `json:"status"`
	// Reason says what lacks where the reading is not proved.
	Reason string `json:"reason,omitempty"`
	// Evidence is what wire labs saw of it in this run, one answer each.
	Evidence []Sight `json:"evidence,omitempty"`
}

// Saying is one of the readings of a documentation that contradicts itself.
type Saying struct {
	// Where is the page, and the line of its plain text where it is known.
	Where string `json:"where"`
	// Text is what it says there, in our words.
	Text string `json:"text"`
}

// Sight is one answer that a finding rests on.
type Sight struct {
	// Result names the result that asked, and Phase when.
	Result string `json:"result"`
	Phase  Phase  `json:"phase"`
	// Flow is who asked whom, with addresses, and Saw what became of it.
	Flow string `json:"flow"`
	Saw  string `json:"saw"`
}
