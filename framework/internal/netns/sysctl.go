package netns

import (
	"fmt"
	"os"
	"strings"
)

// Sysctl sets a kernel parameter of the namespace. The key is written with
// dots and starts with "net.", as in net.ipv4.ip_forward; an interface whose
// name has a dot is written with slashes, as sysctl(8) allows:
// net/ipv4/conf/eth0.5/rp_filter.
//
// The error matches fs.ErrNotExist when the kernel does not have the parameter
// in this namespace.
func (n *Namespace) Sysctl(key, value string) error {
	path, err := sysctlPath(key)
	if err != nil {
		return err
	}
	// /proc/sys/net shows the namespace of the thread that asks, so writing on
	// a thread of the namespace is all it takes.
	err = n.Do(func() error {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteString(value)
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set sysctl %s=%s in %s: %w", key, value, n.name, err)
	}
	return nil
}

// ReadSysctl returns a kernel parameter of the namespace without the line's
// end. Keys are written as for Sysctl.
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
		return "", fmt.Errorf("use sysctl %q: not a parameter of a network namespace (net.…)", key)
	}
	return "/proc/sys/" + path, nil
}
