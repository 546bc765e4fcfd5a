package cmd_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

func sh(script string) cmd.Command {
	return cmd.Command{Name: "sh", Args: []string{"-c", script}}
}

func TestRun_returnsBothStreams(t *testing.T) {
	t.Parallel()
	c := sh("read x; echo out $x $K; echo err >&2")
	c.Stdin, c.Env = strings.NewReader("in\n"), []string{"K=v"}
	got, err := cmd.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want := (cmd.Result{Stdout: "out in v\n", Stderr: "err\n"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRun_failureCarriesCommandStatusAndTail(t *testing.T) {
	t.Parallel()
	_, err := cmd.Run(t.Context(), sh("seq 30; exit 7"))
	var e *cmd.Error
	if !errors.As(err, &e) || e.ExitCode != 7 {
		t.Fatalf("got %v, want exit status 7", err)
	}
	if !strings.HasPrefix(err.Error(), "run sh -c 'seq 30; exit 7': exit status 7\n  | 11\n") {
		t.Errorf("got %q", err.Error())
	}
}

func TestRun_missingProgram(t *testing.T) {
	t.Parallel()
	_, err := cmd.Run(t.Context(), cmd.Command{Name: "no-such-program-here"})
	if err == nil || !strings.Contains(err.Error(), "run no-such-program-here: exec:") {
		t.Errorf("got %v", err)
	}
}

func TestRun_cancellationKillsTheGroup(t *testing.T) {
	t.Parallel()
	why := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, why)
	defer cancel()
	began := time.Now()
	// The grandchild holds the output pipe: only killing the group ends Run at once.
	_, err := cmd.Run(ctx, sh("sleep 30 & sleep 30; wait"))
	if !errors.Is(err, why) {
		t.Errorf("got %v, want the context's cause", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestLines_handsOverEachLine(t *testing.T) {
	t.Parallel()
	var got []string
	err := cmd.Lines(t.Context(), sh("echo one; echo two; printf three"), func(from cmd.Stream, line string) {
		got = append(got, from.String()+" "+line)
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"stdout one", "stdout two", "stdout three"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLines_failureCarriesTail(t *testing.T) {
	t.Parallel()
	err := cmd.Lines(t.Context(), sh("echo bad >&2; exit 3"), nil)
	if err == nil || !strings.Contains(err.Error(), "exit status 3\n  | bad") {
		t.Errorf("got %v", err)
	}
}

func TestCommand_stringCanBePasted(t *testing.T) {
	t.Parallel()
	c := cmd.Command{Name: "ip", Args: []string{"netns", "exec", "a b", "it's"}, Dir: "/tmp", Env: []string{"A=b c"}}
	if got, want := c.String(), `cd /tmp && A='b c' ip netns exec 'a b' 'it'\''s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
