package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Pin gives the namespace a path, so that it outlives the process and
// "nsenter --net=PATH" and FromPath find it. Missing folders are made; a path
// that exists already is an error.
//
// The path is a mount and so belongs to the process's mount namespace: what
// ReexecInUserNamespace started pins for itself only.
func (n *Namespace) Pin(path string) error {
	if err := n.pin(path); err != nil {
		return fmt.Errorf("pin namespace %s to %s: %w", n.name, path, err)
	}
	return nil
}

func (n *Namespace) pin(path string) error {
	if err := n.Attempt("pin"); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o444)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	err = n.WithFD(func(fd int) error {
		return unix.Mount(fmt.Sprintf("/proc/self/fd/%d", fd), path, "", unix.MS_BIND, "")
	})
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Unpin takes back a Pin. A path that does not exist is not an error; a path
// that is not a pinned namespace is one, and is left alone.
func Unpin(path string) error {
	if err := unpin(path); err != nil {
		return fmt.Errorf("unpin namespace %s: %w", path, err)
	}
	return nil
}

func unpin(path string) error {
	var stat unix.Statfs_t
	err := unix.Statfs(path, &stat)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if stat.Type != unix.NSFS_MAGIC {
		return errors.New("not a pinned namespace")
	}
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(path)
}
