package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// tailLines is how much of a failed program's output its error shows.
const tailLines = 20

// Error is the failure of a program.
type Error struct {
	// Command is what was run, as text to paste into a shell.
	Command string
	// ExitCode is the exit status; -1 when the program did not exit by itself.
	ExitCode int
	// Tail holds the last lines of the output.
	Tail string
	// Cause is why the program could not be run or was ended; it is the exit
	// error itself when the program exited with a status.
	Cause error
}

// Error returns the command, why it failed and the end of its output.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "run %s: ", e.Command)
	if e.ExitCode >= 0 {
		fmt.Fprintf(&b, "exit status %d", e.ExitCode)
	} else {
		b.WriteString(e.Cause.Error())
	}
	if e.Tail != "" {
		b.WriteString("\n  | " + strings.ReplaceAll(e.Tail, "\n", "\n  | "))
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// newError makes the error of a run that returned err after printing output.
func newError(ctx context.Context, c Command, err error, output string) *Error {
	e := &Error{Command: c.String(), ExitCode: -1, Tail: tail(output, tailLines), Cause: err}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		e.Cause = context.Cause(ctx)
	case errors.As(err, &exit):
		e.ExitCode = exit.ExitCode()
	}
	return e
}

// tail returns the last n lines of text, without the final line end.
func tail(text string, n int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(all) > n {
		all = all[len(all)-n:]
	}
	return strings.Join(all, "\n")
}

// String returns the command as text to paste into a shell: the directory and
// the added environment first, everything quoted where a shell needs it.
func (c Command) String() string {
	var words []string
	if c.Dir != "" {
		words = append(words, "cd", Quote(c.Dir), "&&")
	}
	for _, kv := range c.Env {
		key, value, _ := strings.Cut(kv, "=")
		words = append(words, key+"="+Quote(value))
	}
	words = append(words, Quote(c.Name))
	for _, arg := range c.Args {
		words = append(words, Quote(arg))
	}
	return strings.Join(words, " ")
}

// Quote returns the word as a POSIX shell would have to read it: as it is when
// no character of it is special, else in single quotes.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:=@,+%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
