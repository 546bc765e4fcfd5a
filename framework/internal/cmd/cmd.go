package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// waitDelay is how long a killed program's pipes may stay open: a grandchild
// that left the process group must not hold its caller for ever.
const waitDelay = 3 * time.Second

// Command is a program to run, with its arguments and surroundings. The zero
// value of every field but Name is useful.
type Command struct {
	// Name is the program, looked up in PATH unless it holds a slash.
	Name string
	// Args are the arguments after the program's own name.
	Args []string
	// Env is added to the environment of this process, as "KEY=value".
	Env []string
	// Dir is the working directory; empty means this process's own.
	Dir string
	// Stdin is what the program reads; nil means nothing.
	Stdin io.Reader
	// Stdout, if not nil, gets the standard output instead of Result.Stdout.
	Stdout io.Writer
	// Signals, if not nil, gives signals to pass on to the program and its
	// children, for one that has to clean up before it ends.
	Signals <-chan os.Signal
}

// Result is what a program printed.
type Result struct {
	// Stdout is the standard output, whole.
	Stdout string
	// Stderr is the standard error, whole.
	Stderr string
}

// Stream says which of a program's outputs a line came from.
type Stream int

// The streams of a program.
const (
	// Stdout is the standard output.
	Stdout Stream = iota + 1
	// Stderr is the standard error.
	Stderr
)

// String returns the stream's usual name.
func (s Stream) String() string {
	switch s {
	case Stdout:
		return "stdout"
	case Stderr:
		return "stderr"
	default:
		return fmt.Sprintf("stream %d", int(s))
	}
}

// Run runs the command to its end and returns what it printed, also when it
// failed. A failure is an *Error. When ctx ends first, the program and its
// process group are killed and the error matches ctx's cause.
func Run(ctx context.Context, c Command) (Result, error) {
	var stdout, stderr bytes.Buffer
	var out io.Writer = &stdout
	if c.Stdout != nil {
		out = c.Stdout
	}
	err := run(ctx, c, out, &stderr)
	result := Result{Stdout: stdout.String(), Stderr: stderr.String()}
	if err != nil {
		return result, newError(ctx, c, err, result.Stdout+result.Stderr)
	}
	return result, nil
}

// Lines runs the command to its end and hands each line of its output, without
// the line end, to onLine as it appears. Calls of onLine never overlap. A
// failure is an *Error; cancellation is as in Run.
func Lines(ctx context.Context, c Command, onLine func(from Stream, line string)) error {
	l := &lines{onLine: onLine}
	out, errs := l.stream(Stdout), l.stream(Stderr)
	var w io.Writer = out
	if c.Stdout != nil {
		w = c.Stdout
	}
	err := run(ctx, c, w, errs)
	out.flush()
	errs.flush()
	if err != nil {
		return newError(ctx, c, err, strings.Join(l.last, "\n"))
	}
	return nil
}

// Start starts the command in a session of its own, so that it outlives this
// process, and returns its process id. Its output goes to the file at logPath,
// which is created or appended to.
func Start(c Command, logPath string) (int, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, fmt.Errorf("start %s: open log: %w", c.Name, err)
	}
	defer func() { _ = log.Close() }()   // the child has its own descriptor
	p := exec.Command(c.Name, c.Args...) //nolint:noctx // the program is to outlive whoever started it
	p.Dir, p.Stdin, p.Stdout, p.Stderr = c.Dir, c.Stdin, log, log
	p.Env = append(os.Environ(), c.Env...)
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := p.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", c, err)
	}
	pid := p.Process.Pid
	go func() { _ = p.Wait() }() // so that it is no zombie should it end before us
	return pid, nil
}

// Find returns the path of a program, or an error that says it is not there.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find program %s: %w", name, err)
	}
	return path, nil
}

// run starts the command in a process group of its own and waits for its end.
func run(ctx context.Context, c Command, stdout, stderr io.Writer) error {
	p := exec.CommandContext(ctx, c.Name, c.Args...)
	p.Dir, p.Stdin, p.Stdout, p.Stderr = c.Dir, c.Stdin, stdout, stderr
	p.Env = append(os.Environ(), c.Env...)
	// A program must not outlive us, even when we are killed. The kernel ties
	// that to the thread, which must therefore stay until the program has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.WaitDelay = waitDelay
	p.Cancel = func() error {
		err := syscall.Kill(-p.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	if c.Signals == nil {
		return p.Run()
	}
	if err := p.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case <-ended:
				return
			case s := <-c.Signals:
				if number, ok := s.(syscall.Signal); ok {
					// A group that is gone already needs no signal.
					_ = syscall.Kill(-p.Process.Pid, number)
				}
			}
		}
	}()
	return p.Wait()
}
