package environment

import (
	"context"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/record"
)

// Describe returns what is known of this machine and of the source under root.
func Describe(ctx context.Context, root string) record.Environment {
	return record.Environment{
		Kernel:      kernel(),
		OS:          prettyName(readFile("/etc/os-release")),
		Go:          runtime.Version(),
		Git:         git(ctx, root),
		CPUs:        runtime.NumCPU(),
		MemoryBytes: memory(),
	}
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

func readFile(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// prettyName reads the name from the text of os-release.
func prettyName(text string) string {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(name, `"'`)
		}
	}
	return ""
}

func memory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return info.Totalram * uint64(info.Unit)
}

// git asks git about the source. The folder is named safe for this one question:
// a checkout that belongs to another user is common in CI and harmless to read.
func git(ctx context.Context, root string) record.Git {
	ask := func(args ...string) (string, bool) {
		r, err := cmd.Run(ctx, cmd.Command{Name: "git", Args: append([]string{"-c", "safe.directory=" + root, "-C", root}, args...)})
		return strings.TrimSpace(r.Stdout), err == nil
	}
	commit, ok := ask("rev-parse", "HEAD")
	if !ok {
		return record.Git{}
	}
	state := "dirty"
	if changed, ok := ask("status", "--porcelain"); ok && changed == "" {
		state = "clean"
	}
	return record.Git{Commit: commit, State: state}
}
