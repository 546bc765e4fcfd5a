package host

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/ledger"
)

// beyondNetwork are the parameters outside of net that a lab could change.
var beyondNetwork = []string{
	"fs/inotify/max_user_instances", "fs/inotify/max_user_watches", "kernel/keys/root_maxbytes", "kernel/keys/root_maxkeys",
	"kernel/panic", "kernel/panic_on_oops", "user/max_net_namespaces", "user/max_user_namespaces", "vm/overcommit_memory", "vm/panic_on_oom",
}

// moving are the parameters that tell how much is in use, or that differ at every
// reading.
var moving = []string{"net.netfilter.nf_conntrack_count", "net.ipv4.tcp_fastopen_key"}

// sysctls reads the kernel parameters of the namespace, and some of the whole
// machine. Those of the engine's links are the engine's and not read.
func sysctls(s *ledger.Snapshot, engines map[string]bool) {
	const root = "/proc/sys"
	var all []ledger.Entry
	buffer := make([]byte, largestValue)
	read := func(path string) {
		key := strings.ReplaceAll(path, "/", ".")
		if value, ok := readValue(filepath.Join(root, path), buffer); ok && !slices.Contains(moving, key) {
			all = append(all, ledger.Entry{Name: key, State: value})
		}
	}
	err := filepath.WalkDir(filepath.Join(root, "net"), func(path string, d fs.DirEntry, err error) error {
		path = strings.TrimPrefix(path, root+"/")
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a link's folder that has just gone
		case err != nil:
			return err
		case d.IsDir() && engines[linkOf(path)]:
			return fs.SkipDir
		case d.Type().IsRegular():
			read(path)
		}
		return nil
	})
	if err != nil {
		s.Fail(ledger.Sysctls, err)
		return
	}
	for _, path := range beyondNetwork {
		read(path)
	}
	s.Add(ledger.Sysctls, all...)
}

// largestValue is more than any parameter takes: the kernel writes one page.
const largestValue = 4096

// readValue reads a parameter, with as few calls of the kernel as there can be: there
// are two thousand. It reports false for one that can only be written, or whose link
// has just gone.
func readValue(path string, buffer []byte) (string, bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	n, err := unix.Read(fd, buffer)
	if err := errors.Join(err, unix.Close(fd)); err != nil {
		return "", false
	}
	return strings.TrimSpace(string(buffer[:n])), true
}

// linkOf is the link whose parameters a folder has: net/ipv4/conf/LINK, net/ipv6/neigh/LINK.
func linkOf(folder string) string {
	parts := strings.Split(folder, "/")
	if len(parts) == 4 && (parts[2] == "conf" || parts[2] == "neigh") {
		return parts[3]
	}
	return ""
}
