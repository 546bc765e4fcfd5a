package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// orphanMarker makes this test's program run a program itself, to be killed.
const orphanMarker = "VPCGATE_TEST_ORPHAN"

func TestRun_programEndsWhenWeAreKilled(t *testing.T) {
	if os.Getenv(orphanMarker) != "" {
		err := cmd.Lines(t.Context(), sh("echo $$; exec sleep 60"), func(_ cmd.Stream, line string) { _, _ = fmt.Fprintln(os.Stdout, "pid", line) })
		t.Fatal("not killed", err)
	}
	us := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=TestRun_programEndsWhenWeAreKilled")
	us.Env = append(os.Environ(), orphanMarker+"=1")
	out, err := us.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := us.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "pid %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(us.Process.Kill(), ignoreExit(us.Wait())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	err = poll.Until(ctx, time.Millisecond, func(context.Context) (bool, string, error) {
		return gone(pid), "the program still runs", nil
	})
	if err != nil {
		t.Error(err)
	}
}

// gone reports whether a process has ended, even if nobody has collected it.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err != nil || strings.Contains(string(status), "State:\tZ")
}

// ignoreExit returns nil for the exit error of a killed process.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}
