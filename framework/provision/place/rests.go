package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LockFile is the name of the lock by which a folder of a cache is built in by one
// process at a time.
const LockFile = "lock"

// RemoveRests removes what interrupted builds left in a folder: what the patterns
// name there. The folder's lock must be the caller's, so that no such build is under
// way. It returns what it removed.
func RemoveRests(dir string, patterns ...string) (removed []string, err error) {
	var problems []error
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		problems = append(problems, err)
		for _, path := range found {
			if err := os.RemoveAll(path); err != nil {
				problems = append(problems, err)
				continue
			}
			removed = append(removed, path)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return removed, fmt.Errorf("remove rests of builds in %s: %w", dir, err)
	}
	return removed, nil
}

// SweepRests is RemoveRests for a folder in which somebody may be building: then
// nothing there is removed, since it may be theirs. A folder that is not there has no
// rests.
func SweepRests(dir string, patterns ...string) (removed []string, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file, err := open(filepath.Join(dir, LockFile))
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }() // which gives the lock back
	switch err := take(file); {
	case errors.Is(err, ErrLocked):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("sweep %s: %w", dir, err)
	}
	return RemoveRests(dir, patterns...)
}
