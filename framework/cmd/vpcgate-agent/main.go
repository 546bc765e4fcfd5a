package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
)

// errUsage marks errors of the command line, which end with status 2.
var errUsage = errors.New("usage")

// streams are the standard streams of the process, or a test's.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	env func(string) string
}

// command is one verb of the program.
type command struct {
	summary string
	run     func(ctx context.Context, s streams, args []string) error
}

func commands() map[string]command {
	return map[string]command{
		"serve":     {"answer questions and obey the control socket until SIGTERM", serve},
		"ask":       {"put questions and print the answers", ask},
		"listen":    {"change the listeners of the serving agent", listen},
		"sightings": {"print whom the serving agent's listeners saw", sightings},
		"health":    {"print the serving agent's word that it lives", health},
		"relay":     {"connect standard input and output to the serving agent's control socket", relay},
	}
}

func main() {
	// The process may be 1 in its container, for which the kernel ignores signals that have no handler.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	status := run(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}, os.Args[1:])
	stop()
	os.Exit(status)
}

// run carries out the command line and returns the exit status.
func run(ctx context.Context, s streams, args []string) int {
	if len(args) == 0 {
		usage(s.err)
		return 2
	}
	verb, ok := commands()[args[0]]
	if !ok {
		usage(s.err)
		if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
			return 0
		}
		return 2
	}
	err := verb.run(ctx, s, args[1:])
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintf(s.err, "vpcgate-agent %s: %v\n", args[0], err)
		return 2
	default:
		_, _ = fmt.Fprintf(s.err, "vpcgate-agent %s: %v\n", args[0], err)
		return 1
	}
}

func usage(w io.Writer) {
	all := commands()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString("usage: vpcgate-agent COMMAND [flags]\n\n")
	for _, name := range names {
		fmt.Fprintf(&b, "  %-10s %s\n", name, all[name].summary)
	}
	_, _ = io.WriteString(w, b.String())
}

// parse reads flags that have been declared on the set. Nothing may follow them.
func parse(set *flag.FlagSet, s streams, args []string) error {
	set.SetOutput(s.err)
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, set.Arg(0))
	}
	return nil
}
