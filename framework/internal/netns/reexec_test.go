package netns_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// TestReexecInUserNamespace_as_an_ordinary_user runs this package's tests again
// as a user without privileges. They go through the user namespace then, which
// they otherwise do only for developers who are not root.
func TestReexecInUserNamespace_as_an_ordinary_user(t *testing.T) {
	if netns.InUserNamespace() || os.Getuid() != 0 {
		return // this is the run that the test is about
	}
	const nobody = 65534
	// Another user must be able to read the program, to write its temporary
	// files, and to stand somewhere.
	folder, err := os.MkdirTemp("/tmp", "netns-test-") //nolint:usetesting // what t.TempDir makes is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chown(folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := folder + "/test"
	if err := os.WriteFile(program, content, 0o755); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	said, code := runAs(t, nobody, folder, program, "-test.v", "-test.run=^(TestDo|TestNew|TestPin|TestSysctl|Example|TestClose)")
	if code != 0 || !strings.Contains(said, "--- PASS: TestDo_runs_inside") || strings.Contains(said, "SKIP") {
		t.Errorf("exit status %d, output:\n%s", code, said)
	}
	if _, code = runAs(t, nobody, folder, program, "-test.run=^$", "-no-such-flag"); code != 2 {
		t.Errorf("exit status %d for a wrong flag; want the program's own 2", code)
	}
}

// runAs runs a program as another user and returns its output and status.
func runAs(t *testing.T, id int, folder string, args ...string) (string, int) {
	t.Helper()
	output, err := os.Create(folder + "/output")
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.StartProcess(args[0], args, &os.ProcAttr{
		Dir: folder, Env: []string{"TMPDIR=" + folder, "HOME=" + folder},
		Files: []*os.File{nil, output, output},
		Sys:   &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(id), Gid: uint32(id)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	state, err := process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	_ = output.Close()
	said, err := os.ReadFile(folder + "/output")
	if err != nil {
		t.Fatal(err)
	}
	return string(said), state.ExitCode()
}
