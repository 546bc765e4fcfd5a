package netns

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// errGoexit stands for a function that ended its goroutine instead of
// returning, as t.Fatal does.
var errGoexit = errors.New("function ended its goroutine")

// Do calls f on a thread of the namespace and returns f's error.
//
// The call runs on a goroutine and a thread of its own and returns when f does.
// Where the thread cannot go back to the process's namespace (in a user
// namespace it may not), it dies with the goroutine. f must not start
// goroutines that create sockets, nor end its goroutine (t.Fatal). What f
// creates stays in the namespace: see the package comment on sockets.
//
// Only the thread changes its namespace: no other part of the process sees
// anything. Calls may be nested and may run at the same time.
func (n *Namespace) Do(f func() error) error {
	if err := n.Attempt("enter"); err != nil {
		return err
	}
	target, err := n.dup()
	if err != nil {
		return err
	}
	err = onOwnThread(func() (reusable bool, err error) {
		home, err := unix.Open(threadNetns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return true, fmt.Errorf("enter namespace %s: remember own: %w", n.name, err)
		}
		defer func() { err = errors.Join(err, unix.Close(home)) }()
		if err := unix.Setns(target, unix.CLONE_NEWNET); err != nil {
			return true, fmt.Errorf("enter namespace %s: %w", n.name, err)
		}
		err = f()
		return unix.Setns(home, unix.CLONE_NEWNET) == nil, err
	})
	return errors.Join(err, unix.Close(target))
}

// onOwnThread calls f on a goroutine locked to its thread. The thread goes back
// to the scheduler only when f says that it is reusable; else the runtime ends
// it together with the goroutine.
//
// The process's first thread is never used: the runtime cannot end it, and
// /proc/self/ns/net, which other programs read, is that thread's.
func onOwnThread(f func() (reusable bool, err error)) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// Locked here, so the nested call gets another thread.
			defer runtime.UnlockOSThread()
			result <- onOwnThread(f)
			return
		}
		reusable, err := false, errGoexit
		defer func() {
			if reusable {
				runtime.UnlockOSThread()
			}
			result <- err
		}()
		reusable, err = f()
	}()
	return <-result
}
