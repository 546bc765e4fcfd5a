package kindlab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// DefaultState is the folder that holds one folder per cluster. It is short,
// since a unix socket's path may have 107 bytes, and of the boot, as the
// containers' processes are.
const DefaultState = "/run/vpcgate"

// maxSocketPath is what the kernel takes as a unix socket's path.
const maxSocketPath = 107

// ErrInUse is matched by the error of a lab whose cluster another process holds.
var ErrInUse = errors.New("another process uses it")

// stateDir is the folder of one cluster: the control sockets of its agents, its
// kubeconfig, and the lock that says that a process uses it.
type stateDir struct{ path string }

func newState(root, cluster string) stateDir { return stateDir{filepath.Join(root, cluster)} }

// root is the folder of all labs' states, as containers are labelled with it.
func (s stateDir) root() string { return filepath.Dir(s.path) }

func (s stateDir) control() string            { return filepath.Join(s.path, "control") }
func (s stateDir) socket(agent string) string { return filepath.Join(s.control(), agent+".sock") }
func (s stateDir) kubeconfig() string         { return filepath.Join(s.path, "kubeconfig") }
func (s stateDir) daemonConfig(host string) string {
	return filepath.Join(s.path, "engines", host+".json")
}
func (s stateDir) service(host string) string { return filepath.Join(s.path, "services", host) }
func (s stateDir) readyFile() string          { return filepath.Join(s.path, "ready") }
func (s stateDir) lockFile() string           { return s.path + ".lock" }

// make creates the folder.
func (s stateDir) make() error {
	// Pods of any user may open a socket here; only root may list it.
	if err := os.MkdirAll(s.control(), 0o755); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	return nil
}

// markReady notes that the cluster has passed its readiness checks: only then may
// a later run take it over.
func (s stateDir) markReady() error {
	if err := os.WriteFile(s.readyFile(), nil, 0o600); err != nil {
		return fmt.Errorf("mark cluster ready: %w", err)
	}
	return nil
}

func (s stateDir) isReady() bool {
	_, err := os.Stat(s.readyFile())
	return err == nil
}

// lock marks the cluster as used by this process. The kernel gives the lock back
// when the process ends, however it ends, so a lock that can be taken belongs to
// nobody alive. It does not wait: the error of a held lock matches ErrInUse.
func (s stateDir) lock() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	for {
		file, err := os.OpenFile(s.lockFile(), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock cluster: %w", err)
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrInUse
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock cluster %s: %w", filepath.Base(s.path), err), file.Close())
		}
		if sameFile(file, s.lockFile()) {
			return file, nil
		}
		// Its former holder removed the file between our opening and locking it.
		if err := file.Close(); err != nil {
			return nil, fmt.Errorf("lock cluster: %w", err)
		}
	}
}

// remove removes the folder and the lock's file; whoever calls it holds the lock.
func (s stateDir) remove() error {
	err := os.RemoveAll(s.path)
	if lockErr := os.Remove(s.lockFile()); !errors.Is(lockErr, fs.ErrNotExist) {
		err = errors.Join(err, lockErr)
	}
	if err != nil {
		return fmt.Errorf("remove state folder: %w", err)
	}
	return nil
}

// sameFile reports whether the open file is the one at the path.
func sameFile(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}
