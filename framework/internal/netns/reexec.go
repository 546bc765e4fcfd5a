package netns

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// reexecMarker is set in the environment of the process that
// ReexecInUserNamespace starts, so that it never starts a third.
const reexecMarker = "VPCGATE_IN_USER_NAMESPACE"

// ErrNotCapable is matched by the error of ReexecInUserNamespace when the
// process may not create network namespaces and no user namespace helps.
var ErrNotCapable = errors.New("network namespaces need CAP_SYS_ADMIN and CAP_NET_ADMIN")

// ReexecInUserNamespace makes sure that the process may create and fill network
// namespaces. It is the first call of a main function or a TestMain.
//
// It returns nil at once when the process has CAP_SYS_ADMIN and CAP_NET_ADMIN.
// Otherwise it runs the same program again, with the same arguments,
// environment and standard streams, as the root of new user and mount
// namespaces, passes signals on, and exits with the program's status: it does
// not return. The network namespace stays the old one, so that listeners on the
// host's loopback can be reached.
//
// It returns an error that matches ErrNotCapable when user namespaces are
// forbidden here or give no capabilities.
func ReexecInUserNamespace() error {
	capable, err := Capable()
	if err != nil {
		return err
	}
	if capable {
		return nil
	}
	if os.Getenv(reexecMarker) != "" {
		return fmt.Errorf("enter user namespace: it gives no capabilities, "+
			"probably by kernel.apparmor_restrict_unprivileged_userns=1: %w", ErrNotCapable)
	}
	code, err := runInUserNamespace()
	if err != nil {
		return fmt.Errorf("enter user namespace: %w; it is forbidden here, see user.max_user_namespaces and "+
			"kernel.unprivileged_userns_clone: %w", err, ErrNotCapable)
	}
	os.Exit(code)
	return nil
}

// InUserNamespace reports whether this process was started by
// ReexecInUserNamespace.
func InUserNamespace() bool { return os.Getenv(reexecMarker) != "" }

// Capable reports whether the process has CAP_SYS_ADMIN and CAP_NET_ADMIN in
// effect in its user namespace.
func Capable() (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false, fmt.Errorf("read own capabilities: %w", err)
	}
	// Both capabilities are below 32, so the first word holds them.
	const needed = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_NET_ADMIN
	return data[0].Effective&needed == needed, nil
}

// runInUserNamespace returns the exit status of the second process, as a shell
// would: 128 and the signal's number when a signal ended it.
func runInUserNamespace() (int, error) {
	// Pdeathsig is about the thread that starts the process, so the thread must
	// live as long as the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	passed := make(chan os.Signal, 8)
	signal.Notify(passed, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)
	defer signal.Stop(passed)

	process, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{
		Env:   append(os.Environ(), reexecMarker+"=1"),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys: &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
			Pdeathsig:   unix.SIGKILL,
		},
	})
	if err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go passSignals(passed, process, ended)
	state, err := process.Wait()
	if err != nil {
		return 0, err
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return state.ExitCode(), nil
}

// passSignals hands signals on. An interrupt typed at the terminal reaches the
// second process by itself, as a member of the foreground process group, and
// would only be doubled: a test runner takes the second one for "no clean-up".
func passSignals(from <-chan os.Signal, to *os.Process, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case s := <-from:
			if (s == unix.SIGINT || s == unix.SIGQUIT) && inForeground() {
				continue
			}
			// The process may be gone already; then there is nobody to tell.
			_ = to.Signal(s)
		}
	}
}

// inForeground reports whether the process's group is the one that a terminal
// sends its interrupts to.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return false // no controlling terminal
	}
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return errors.Join(err, unix.Close(tty)) == nil && group == unix.Getpgrp()
}
