package ociwrap

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// names returns the capabilities by number, as the kernel has them.
func names() []string {
	return []string{
		"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
		"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
		"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
		"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
		"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
		"CHECKPOINT_RESTORE",
	}
}

// Missing returns the names, as "CAP_SYS_RESOURCE", of the capabilities from 0
// to last that a set lacks.
func Missing(set uint64, last int) []string {
	var missing []string
	for i, name := range names() {
		if i <= last && set&(1<<i) == 0 {
			missing = append(missing, "CAP_"+name)
		}
	}
	return missing
}

// MissingHere returns the capabilities that this process can never have,
// although the kernel knows them.
func MissingHere() ([]string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil, fmt.Errorf("read capabilities: %w", err)
	}
	set, err := parseStatus(string(status), "CapBnd")
	if err != nil {
		return nil, fmt.Errorf("read capabilities: %w", err)
	}
	text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return nil, fmt.Errorf("read last capability: %w", err)
	}
	last, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("read last capability: %w", err)
	}
	return Missing(set, last), nil
}

// parseStatus reads one set of capabilities from the text of a process's status.
func parseStatus(status, set string) (uint64, error) {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, set+":"); ok {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, errors.New("status has no " + set)
}
