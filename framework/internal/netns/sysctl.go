package netns

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Setting is a kernel parameter and the value it is to have. The key is written
// with dots and starts with "net.", as in net.ipv4.ip_forward; one for an
// interface whose name has a dot is written with slashes, as sysctl(8) allows:
// net/ipv4/conf/eth0.5/rp_filter.
type Setting struct {
	Key, Value string
}

// Sysctl sets a kernel parameter of the namespace; see Setting for the key.
//
// The error matches fs.ErrNotExist when the kernel does not have the parameter
// in this namespace, and fs.ErrPermission when it may not be changed there.
func (n *Namespace) Sysctl(key, value string) error {
	return n.Sysctls([]Setting{{Key: key, Value: value}})
}

// Sysctls sets several kernel parameters, in their order. One that fails does
// not stop the others; the error joins all failures.
func (n *Namespace) Sysctls(settings []Setting) error {
	// /proc/sys/net shows the namespace of the thread that asks, so writing on
	// a thread of the namespace is all it takes.
	return n.Do(func() error {
		var errs []error
		for _, s := range settings {
			if err := writeSysctl(s); err != nil {
				errs = append(errs, fmt.Errorf("set sysctl %s=%s in %s: %w", s.Key, s.Value, n.name, err))
			}
		}
		return errors.Join(errs...)
	})
}

func writeSysctl(s Setting) error {
	path, err := sysctlPath(s.Key)
	if err != nil {
		return err
	}
	// A world takes hundreds of these, and os.File would have the runtime watch each
	// file for when it can be written.
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(s.Value))
	return errors.Join(err, unix.Close(fd))
}

// ReadSysctl returns a kernel parameter of the namespace without the line's
// end. See Setting for the key.
func (n *Namespace) ReadSysctl(key string) (string, error) {
	path, err := sysctlPath(key)
	if err != nil {
		return "", err
	}
	var content []byte
	err = n.Do(func() (err error) {
		content, err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read sysctl %s in %s: %w", key, n.name, err)
	}
	return strings.TrimSuffix(string(content), "\n"), nil
}

// sysctlPath maps a key to its file. Only keys below net belong to a network
// namespace; anything else would change the whole machine.
func sysctlPath(key string) (string, error) {
	path := key
	if !strings.Contains(key, "/") {
		path = strings.ReplaceAll(key, ".", "/")
	}
	if !strings.HasPrefix(path, "net/") || strings.Contains(path, "..") {
		return "", fmt.Errorf("%q is not a parameter of a network namespace (net.…)", key)
	}
	return "/proc/sys/" + path, nil
}
