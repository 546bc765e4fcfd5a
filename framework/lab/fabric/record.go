package fabric

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Every hop keeps a record of all that passes it: of every kind of packet once, with
// how many there were. Which of them are a flow's is found out afterwards, by whoever
// reads it. So nothing has to be changed at any hop when another flow is asked.

// record is what a hop keeps its record with, as it is.
type record struct {
	// rules are in force; kept is whether they are those of recording.
	rules nft.Ruleset
	kept  bool
	// last is the last whole reading.
	last notes
}

const (
	// manyKinds is how many are kept before a record is emptied: reading more takes
	// longer than emptying it.
	manyKinds = 96

	missedCounter = "missed"
	missedChain   = "missed-by-the-record"
	noteCondemned = "note-condemned"
	notePassed    = "note-passed"
	// beforeAll follows the kernel's putting together of fragments, which have no ports.
	beforeAll = prioritySourceCheck - 40
	afterAll  = nft.PrioritySourceNAT + 200
)

// passedRecord keeps what was seen before any of a hop's rules, which leaves by no
// interface yet, and after all of them. condemnedRecord keeps what its dropping rules
// condemned, with the mark of the rule.
func passedRecord() nft.Record {
	return nft.Record{Name: "passed", Last: nft.ByOutIface}
}

func condemnedRecord() nft.Record {
	return nft.Record{Name: "condemned", Last: nft.ByMark}
}

// recording renders what keeps a hop's record. It is the same at every hop. What cannot
// be noted, since there is no room or no memory, is counted.
func recording() nft.Ruleset {
	t := nft.Table{Name: WatchTable, Records: []nft.Record{passedRecord(), condemnedRecord()}, Chains: []nft.Chain{
		{Name: missedChain, Rules: []nft.Rule{{Name: missedCounter, Verdict: nft.Continue()}}},
		{Name: notePassed, Rules: []nft.Rule{{Verdict: nft.Note(passedRecord())}, {Verdict: nft.Jump(missedChain)}}},
		{Name: noteCondemned, Rules: []nft.Rule{{Verdict: nft.Note(condemnedRecord())}, {Verdict: nft.Jump(missedChain)}}},
		{
			Name: string(verdict.Entered), Rules: []nft.Rule{{Verdict: nft.Jump(notePassed)}},
			Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: beforeAll},
		},
		{
			Name: string(verdict.Left), Rules: []nft.Rule{{Verdict: nft.Jump(notePassed)}},
			Base: &nft.Base{Type: nft.Filter, Hook: nft.Postrouting, Priority: afterAll},
		},
	}}
	uncounted := func(flag uint32) nft.Match { return nft.Match{Mark: nft.Mark{Value: flag, Mask: flag | countedFlag}} }
	for _, h := range verdictHooks() {
		t.Chains = append(t.Chains, nft.Chain{
			Name: nft.Name("condemned", h.String()),
			Base: &nft.Base{Type: nft.Filter, Hook: h, Priority: after(h, priorityWatchFates)},
			Rules: []nft.Rule{
				{Match: uncounted(condemnedFlag), Verdict: nft.Jump(noteCondemned)},
				{Match: uncounted(witnessFlag), Verdict: nft.Jump(noteCondemned)},
				counted(),
			},
		})
	}
	return nft.Ruleset{Tables: []nft.Table{t}}
}

// keep has a hop keep its record, unless it does.
func (h hop) keep() error {
	if h.record.kept {
		return nil
	}
	next := recording()
	if _, err := nft.Apply(h.ns, h.record.rules, next); err != nil {
		return fmt.Errorf("watch at %s: %w", h.name, err)
	}
	*h.record = record{rules: next, kept: true}
	return nil
}

// stop ends a hop's record.
func (h hop) stop() error {
	if _, err := nft.Apply(h.ns, h.record.rules, nft.Ruleset{}); err != nil {
		return fmt.Errorf("stop watching %s: %w", h.name, err)
	}
	*h.record = record{}
	return nil
}

// notes are what a hop's record has, and how many packets it had no room for.
type notes struct {
	passed, condemned nft.Notes
	missed            uint64
}

// since is what was noted after an earlier reading.
func (n notes) since(earlier notes) notes {
	return notes{passed: n.passed.Since(earlier.passed), condemned: n.condemned.Since(earlier.condemned)}
}

// begin is the reading before a question. A record that has become long is emptied.
func (h hop) begin() (notes, error) {
	n, err := h.read()
	if err != nil || len(n.passed)+len(n.condemned) < manyKinds {
		return n, err
	}
	for _, r := range []nft.Record{passedRecord(), condemnedRecord()} {
		if err := nft.Clear(h.ns, WatchTable, r.Name); err != nil {
			return n, fmt.Errorf("empty record of %s: %w", h.name, err)
		}
	}
	h.record.last = notes{missed: n.missed}
	return h.record.last, nil
}

// read reads all that a hop has noted. What nothing has entered since the last reading
// has condemned nothing either, unless it is a machine, whose own packets only leave.
func (h hop) read() (n notes, err error) {
	last := h.record.last
	var missed nft.Count
	if n.passed, missed, err = nft.NotedAndCounted(h.ns, WatchTable, passedRecord().Name, missedCounter); err != nil {
		return n, fmt.Errorf("read record of %s: %w", h.name, err)
	}
	n.missed, n.condemned = missed.Packets, last.condemned
	moved := len(n.passed) != len(last.passed) || len(n.passed.Since(last.passed)) > 0 || n.missed != last.missed
	if moved || !h.router {
		if n.condemned, err = h.readCondemned(); err != nil {
			return n, err
		}
	}
	h.record.last = n
	return n, nil
}

// readCondemned reads only what the hop's rules have condemned, which is nothing most
// of the time.
func (h hop) readCondemned() (nft.Notes, error) {
	n, err := nft.Noted(h.ns, WatchTable, condemnedRecord().Name)
	if err != nil {
		return n, fmt.Errorf("read record of %s: %w", h.name, err)
	}
	return n, nil
}
