package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/ledger"
)

const (
	// openFile, in a run's folder, has what was there before the run. It goes when
	// the run has closed its ledger, so that one whose lock is free is of a run that
	// died.
	openFile = "ledger-open.json"
	// SettledFile, in the folder of a run that died, is its ledger.
	SettledFile = "ledger.json"
	// bootFile changes with every start of the machine, after which nothing of a run
	// is left but files.
	bootFile = "/proc/sys/kernel/random/boot_id"
)

// entered is the content of openFile.
type entered struct {
	Run    string             `json:"run"`
	Leaves ledger.Expectation `json:"leaves"`
	Boot   string             `json:"boot"`
	Before ledger.Snapshot    `json:"before"`
}

// Journal is the ledger of a run under way. It is used by one goroutine at a time.
type Journal struct {
	entered entered
	file    *os.File
}

// Open takes the first snapshot of a run and leaves it in the run's folder, which is
// made if need be, locked as long as this process lives.
func Open(ctx context.Context, dir, run string, leaves ledger.Expectation) (*Journal, error) {
	j := &Journal{entered: entered{Run: run, Leaves: leaves, Boot: boot(), Before: Take(ctx)}}
	text, err := json.Marshal(j.entered)
	if err != nil {
		return nil, fmt.Errorf("open ledger of run %s: %w", run, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open ledger of run %s: %w", run, err)
	}
	if j.file, err = os.OpenFile(filepath.Join(dir, openFile), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644); err != nil {
		return nil, fmt.Errorf("open ledger of run %s: %w", run, err)
	}
	_, err = j.file.Write(text)
	if err = errors.Join(unix.Flock(int(j.file.Fd()), unix.LOCK_EX|unix.LOCK_NB), err); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger of run %s: %w", run, err), j.file.Close())
	}
	return j, nil
}

// Close takes the second snapshot and compares. The error is about files; what is
// wrong with the machine is in the ledger.
func (j *Journal) Close(ctx context.Context) (ledger.Ledger, error) {
	l := ledger.Compare(j.entered.Run, j.entered.Before, Take(ctx), j.entered.Leaves)
	if err := errors.Join(os.Remove(j.file.Name()), j.file.Close()); err != nil {
		return l, fmt.Errorf("close ledger of run %s: %w", l.Run, err)
	}
	return l, nil
}

// Settle closes the ledgers of the runs under an artifact root that died, on behalf
// of the run that has swept after them, and leaves each in its run's folder. Those
// of a former start of the machine are only taken away.
func Settle(ctx context.Context, root, by string) ([]ledger.Ledger, error) {
	paths, err := filepath.Glob(filepath.Join(root, "*", openFile))
	if err != nil {
		return nil, fmt.Errorf("settle ledgers in %s: %w", root, err)
	}
	slices.Sort(paths)
	var all []ledger.Ledger
	var problems []error
	for _, path := range paths {
		l, settled, err := settle(ctx, path, by)
		if err != nil {
			problems = append(problems, fmt.Errorf("settle ledger %s: %w", path, err))
		}
		if settled {
			all = append(all, l)
		}
	}
	return all, errors.Join(problems...)
}

// settle reports false for a ledger that is not to be settled: its run lives, or
// another process is about to settle it.
func settle(ctx context.Context, path, by string) (l ledger.Ledger, settled bool, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return l, false, nil
	} else if err != nil {
		return l, false, err
	}
	var e entered
	if err := json.NewDecoder(file).Decode(&e); err != nil || e.Boot != boot() {
		// Of a run that died as it wrote, or with the machine: there is nothing to compare.
		return l, false, os.Remove(path)
	}
	l = ledger.Compare(e.Run, e.Before, Take(ctx), e.Leaves)
	l.Settled = by
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return l, false, err
	}
	err = errors.Join(os.WriteFile(filepath.Join(filepath.Dir(path), SettledFile), append(text, '\n'), 0o644), os.Remove(path))
	return l, err == nil, err
}

func boot() string {
	text, err := os.ReadFile(bootFile)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
