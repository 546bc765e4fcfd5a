package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// dumpTries bounds how often a dump is repeated that a change interrupted. The
// kernel reads a table of this project in well under a millisecond, so one
// repetition is already rare.
const dumpTries = 8

// Change says whether Apply had anything to do.
type Change bool

// What Apply reports.
const (
	Unchanged Change = false
	Changed   Change = true
)

// Apply makes the namespace's rules those of next, given that they are those of
// last: what an earlier Apply put there, or the zero Ruleset at first and
// whenever it is not known.
//
// It happens in one transaction: no packet meets a mixture, and after an error
// everything is as before. Tables and chains that are equal in both rulesets are
// not touched, and a rule's counter goes on counting as long as its table has a
// rule of that name; only a table that gets other sets, or other chains by name
// or hook, is replaced as a whole and counts from zero. Connection tracking is
// not touched at all: see link.FlushConntrack. Tables that are in neither
// ruleset are not ours and stay.
//
// All problems that Validate finds in next are errors. Safe for concurrent use,
// but two callers who replace the same table overwrite each other.
func Apply(ns *netns.Namespace, last, next Ruleset) (Change, error) {
	if last.Equal(next) {
		return Unchanged, nil
	}
	if err := next.Validate(); err != nil {
		return Unchanged, fmt.Errorf("apply rules to %s: %w", ns, err)
	}
	change, err := apply(ns, last, next)
	if errors.Is(err, unix.ENOENT) {
		// What was there is not what was known: nothing can be amended.
		change, err = apply(ns, Ruleset{Tables: last.gone(next)}, next)
	}
	if err != nil {
		return Unchanged, fmt.Errorf("apply rules to %s: %w", ns, err)
	}
	return change, nil
}

// apply sends the differences.
func apply(ns *netns.Namespace, last, next Ruleset) (Change, error) {
	b := newBatch()
	begun := len(b.what)
	for _, t := range last.gone(next) {
		b.deleteTable(t.Name)
	}
	for _, t := range next.Tables {
		before, known := last.Table(t.Name)
		var err error
		switch {
		case known && before.Equal(t):
		case known && before.amendable(t):
			err = b.amendTable(before, t)
		default:
			err = b.replaceTable(t)
		}
		if err != nil {
			return Unchanged, err
		}
	}
	if len(b.what) == begun {
		return Unchanged, nil
	}
	if err := ns.Attempt("rules"); err != nil {
		return Unchanged, err
	}
	s, err := socketOf(ns)
	if err != nil {
		return Unchanged, err
	}
	return Changed, s.transact(b)
}

// gone lists the tables that next has no more.
func (r Ruleset) gone(next Ruleset) []Table {
	return slices.DeleteFunc(slices.Clone(r.Tables), func(t Table) bool {
		_, stays := next.Table(t.Name)
		return stays
	})
}

// Count is what a rule has counted since a table with a rule of its name was applied.
type Count struct {
	Packets uint64
	Bytes   uint64
}

// Counts is a reading of all counters of a table, by the names of the rules.
type Counts map[string]Count

// Since returns what moved between an earlier reading and this one: the
// differences that are not zero. A counter that the earlier reading lacks
// counts from zero, and so does one that went backwards, whose table was
// replaced in between.
func (c Counts) Since(earlier Counts) Counts {
	moved := Counts{}
	for name, now := range c {
		before := earlier[name]
		if now.Packets < before.Packets {
			before = Count{}
		}
		if now.Packets > before.Packets {
			moved[name] = Count{Packets: now.Packets - before.Packets, Bytes: now.Bytes - before.Bytes}
		}
	}
	return moved
}

// Counters reads what the named rules of a table have counted, in one request.
// The error matches fs.ErrNotExist when the namespace has no such table. Safe
// for concurrent use.
func Counters(ns *netns.Namespace, table string) (Counts, error) {
	s, err := socketOf(ns)
	if err != nil {
		return nil, fmt.Errorf("read counters of %s in %s: %w", table, ns, err)
	}
	for range dumpTries {
		var counts Counts
		if counts, err = s.counters(table); !errors.Is(err, errInterrupted) {
			if err == nil && len(counts) == 0 {
				err = s.mustHaveTable(table)
			}
			if err == nil {
				return counts, nil
			}
			break
		}
	}
	return nil, fmt.Errorf("read counters of %s in %s: %w", table, ns, err)
}

func (s *socket) counters(table string) (Counts, error) {
	counts := Counts{}
	err := s.dump(unix.NFT_MSG_GETOBJ, func(attrs []byte) {
		var name string
		var count Count
		eachAttr(attrs, func(kind uint16, data []byte) {
			switch kind {
			case unix.NFTA_OBJ_NAME:
				name = cString(data)
			case unix.NFTA_OBJ_DATA:
				count = decodeCount(data)
			}
		})
		counts[name] = count
	}, text(unix.NFTA_OBJ_TABLE, table), be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER))
	return counts, err
}

func decodeCount(data []byte) Count {
	var count Count
	eachAttr(data, func(kind uint16, data []byte) {
		if len(data) < 8 {
			return
		}
		switch kind {
		case counterBytes:
			count.Bytes = binary.BigEndian.Uint64(data)
		case counterPackets:
			count.Packets = binary.BigEndian.Uint64(data)
		}
	})
	return count
}

func (s *socket) mustHaveTable(name string) error {
	found := false
	err := s.dump(unix.NFT_MSG_GETTABLE, func(attrs []byte) {
		eachAttr(attrs, func(kind uint16, data []byte) {
			found = found || kind == unix.NFTA_TABLE_NAME && cString(data) == name
		})
	})
	if err == nil && !found {
		err = fs.ErrNotExist
	}
	return err
}

type socketKey struct{}

// socketOf returns the namespace's socket, which lives as long as the handle.
func socketOf(ns *netns.Namespace) (*socket, error) {
	kept, err := ns.Keep(socketKey{}, func() (io.Closer, error) { return openSocket() })
	if err != nil {
		return nil, err
	}
	s, ok := kept.(*socket)
	if !ok {
		return nil, fmt.Errorf("kept value is a %T", kept)
	}
	return s, nil
}
