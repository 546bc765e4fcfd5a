package place

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// lockInterval is how often a held lock is asked for again.
const lockInterval = 200 * time.Millisecond

// ErrLocked is matched when another process holds a lock.
var ErrLocked = errors.New("another process holds it")

// Lock takes the file's lock, waiting while another process holds it, and
// returns the function that gives it back. The lock also ends with the process,
// however it ends. The file stays. When the lock is not free at once, wait, if
// not nil, is called before waiting, and the function it returns after.
func Lock(ctx context.Context, path string, wait func() func(error)) (unlock func(), err error) {
	file, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	err = take(file)
	if errors.Is(err, ErrLocked) {
		end := func(error) {}
		if wait != nil {
			end = wait()
		}
		err = poll.Until(ctx, lockInterval, func(context.Context) (bool, string, error) {
			err := take(file)
			if errors.Is(err, ErrLocked) {
				return false, err.Error(), nil
			}
			return err == nil, "", err
		})
		end(err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil // closing gives the lock back
}

// open opens the lock's file, which is created with the folders above it.
func open(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
}

// take takes the lock if it is free.
func take(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
