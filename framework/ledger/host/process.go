package host

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/ledger"
)

// processes lists what runs on behalf of a run: it has the run's id in its
// environment. This process and those that started it are the run itself. A container
// engine that a run had to start stays, as its other users expect, with all that it
// starts.
func processes(s *ledger.Snapshot) {
	folders, err := os.ReadDir("/proc")
	if err != nil {
		s.Fail(ledger.Processes, err)
		return
	}
	s.Add(ledger.Processes)
	self := ancestors(os.Getpid())
	for _, f := range folders {
		pid, err := strconv.Atoi(f.Name())
		if err != nil || self[pid] {
			continue
		}
		run := variable(filepath.Join("/proc", f.Name(), "environ"), config.EnvRun)
		if run == "" {
			continue
		}
		if command := commandOf(pid); command != "" && !ofEngine(pid) {
			s.Add(ledger.Processes, ledger.Entry{Name: f.Name(), State: command, Run: run})
		}
	}
}

// commandOf is a process's command line; empty for one that has ended.
func commandOf(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}

// ofEngine reports whether a process is a container engine, or descends from one.
func ofEngine(pid int) bool {
	for p := range ancestors(pid) {
		program, _, _ := strings.Cut(commandOf(p), " ")
		switch name := filepath.Base(program); {
		case name == "dockerd", name == "containerd", name == "docker-proxy", strings.HasPrefix(name, "containerd-shim"):
			return true
		}
	}
	return false
}

// variable reads one variable of an environment; empty where it cannot be read.
func variable(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for _, part := range bytes.Split(text, []byte{0}) {
		if value, ok := strings.CutPrefix(string(part), name+"="); ok {
			return value
		}
	}
	return ""
}

// ancestors are a process and those that it descends from.
func ancestors(pid int) map[int]bool {
	all := map[int]bool{}
	for pid > 0 && !all[pid] {
		all[pid] = true
		pid = parent(pid)
	}
	return all
}

// parent reads the fourth field of /proc/PID/stat; the second, in parentheses, may
// have anything in it.
func parent(pid int) int {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return n
}
