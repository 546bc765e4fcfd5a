package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Change is one difference between two snapshots. Before is empty for what is new,
// After for what is gone.
type Change struct {
	Section Section `json:"section"`
	Name    string  `json:"name"`
	Before  string  `json:"before,omitempty"`
	After   string  `json:"after,omitempty"`
	Kind    Kind    `json:"kind"`
	Whose   Owner   `json:"whose"`
}

// Kind is what happened to something.
type Kind string

// The kinds.
const (
	Appeared Kind = "appeared"
	Vanished Kind = "vanished"
	Changed  Kind = "changed"
)

// String is the change in one line, as reports show it.
func (c Change) String() string {
	text := fmt.Sprintf("%s %s %s", c.Section, c.Kind, c.Name)
	switch {
	case c.Kind == Changed:
		text += fmt.Sprintf(": %s → %s", c.Before, c.After)
	case c.Before+c.After != "":
		text += ": " + c.Before + c.After
	}
	return text + " (" + string(c.Whose) + "'s)"
}

// Expectation says what the run itself was to leave.
type Expectation string

const (
	// Gone: nothing.
	Gone Expectation = "nothing"
	// Kept: what was kept on purpose, and only that.
	Kept Expectation = "what was kept"
)

// Ledger is what a run did to the machine.
type Ledger struct {
	Run string `json:"run"`
	// Leaves is what the run was to leave.
	Leaves Expectation `json:"leaves"`
	Before time.Time   `json:"before"`
	After  time.Time   `json:"after"`
	// Seconds is how long both snapshots took.
	Seconds float64 `json:"seconds"`
	// Compared counts what was there before, section by section.
	Compared map[Section]int `json:"compared"`
	// Changes are all differences, of whoever.
	Changes []Change           `json:"changes"`
	Unread  map[Section]string `json:"unread,omitempty"`
	// Settled is set when the run died, by the id of the run that looked after it.
	Settled string `json:"settled,omitempty"`
}

// Compare tells whose what is that differs between two snapshots. Only sections that
// both have are compared.
func Compare(run string, before, after Snapshot, leaves Expectation) Ledger {
	l := Ledger{
		Run: run, Leaves: leaves, Before: before.Taken, After: after.Taken, Seconds: before.Seconds + after.Seconds,
		Compared: map[Section]int{}, Changes: []Change{},
	}
	w := witness{run: run, before: before, after: after}
	for _, section := range Sections() {
		was, read := before.Entries[section]
		is, readAgain := after.Entries[section]
		if !read || !readAgain {
			l.unread(section, before, after)
			continue
		}
		l.Compared[section] = len(was)
		l.Changes = append(l.Changes, w.compare(section, was, is)...)
	}
	for i, c := range l.Changes {
		if c.Section == Sysctls && c.Whose == Machine && c.Kind != Changed {
			l.Changes[i].Whose = Kernel
		}
	}
	return l
}

func (l *Ledger) unread(section Section, before, after Snapshot) {
	why := before.Unread[section]
	if why == "" {
		why = after.Unread[section]
	}
	if why == "" {
		return // a section that this kind of snapshot does not have
	}
	if l.Unread == nil {
		l.Unread = map[Section]string{}
	}
	l.Unread[section] = why
}

// compare pairs entries by name. Of several with one name, the states are compared
// as a whole.
func (w witness) compare(section Section, was, is []Entry) []Change {
	before, after := byName(was), byName(is)
	var all []Change
	for _, e := range was {
		old, now := before[e.Name], after[e.Name]
		switch {
		case len(old) == 0: // of several with this name, the first one spoke
		case len(now) == 0:
			all = append(all, Change{Section: section, Name: e.Name, Before: states(old), Kind: Vanished, Whose: w.whose(section, e)})
		case states(old) != states(now):
			all = append(all, Change{Section: section, Name: e.Name, Before: states(old), After: states(now), Kind: Changed, Whose: w.whose(section, now[0])})
		}
		delete(before, e.Name)
		delete(after, e.Name)
	}
	for _, e := range is {
		if now := after[e.Name]; len(now) > 0 {
			all = append(all, Change{Section: section, Name: e.Name, After: states(now), Kind: Appeared, Whose: w.whose(section, e)})
			delete(after, e.Name)
		}
	}
	return all
}

func byName(entries []Entry) map[string][]Entry {
	all := map[string][]Entry{}
	for _, e := range entries {
		all[e.Name] = append(all[e.Name], e)
	}
	return all
}

func states(entries []Entry) string {
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.State
	}
	return strings.Join(texts, "; ")
}

// Wrong lists the changes that must not be: what the run left though it was not to
// keep it, and what became of the machine's own.
func (l Ledger) Wrong() []Change {
	var all []Change
	for _, c := range l.Changes {
		ours := c.Whose == Ours && c.Kind != Vanished && l.Leaves == Gone
		if ours || c.Whose == Machine {
			all = append(all, c)
		}
	}
	return all
}

// ErrUnclean is matched by the error of a ledger with something wrong in it.
var ErrUnclean = errors.New("the machine is not as it was before the run")

// Err is nil when the machine is as it was, as far as it is the run's business.
func (l Ledger) Err() error {
	wrong := l.Wrong()
	if len(wrong) == 0 {
		return nil
	}
	lines := make([]string, len(wrong))
	for i, c := range wrong {
		lines[i] = c.String()
	}
	return fmt.Errorf("%w: %d changes\n%s", ErrUnclean, len(wrong), strings.Join(lines, "\n"))
}

// String is the ledger in one line.
func (l Ledger) String() string {
	entries := 0
	for _, n := range l.Compared {
		entries += n
	}
	ours, foreign := 0, 0
	for _, c := range l.Changes {
		switch c.Whose {
		case Ours:
			ours++
		case Machine:
		default:
			foreign++
		}
	}
	text := "clean"
	if n := len(l.Wrong()); n > 0 {
		text = fmt.Sprintf("%d wrong", n)
	}
	return fmt.Sprintf("%s: %d entries compared, %d changes: %d of the run, %d of others", text, entries, len(l.Changes), ours, foreign)
}
