package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses. Whatever is not a success is not zero.
const (
	exitSuccess = 0
	exitFailure = 1
	exitUsage   = 2
	exitPartial = 3
)

// exitError ends the program with a status. Its text may be empty when
// everything has been said already.
type exitError struct {
	status int
	text   string
}

func (e *exitError) Error() string { return e.text }

func main() {
	err := root().Execute()
	if err != nil && err.Error() != "" {
		_, _ = fmt.Fprintln(os.Stderr, "vpcgate: "+err.Error())
	}
	os.Exit(statusOf(err))
}

// statusOf is the exit status that an error of a command means.
func statusOf(err error) int {
	e := (*exitError)(nil)
	switch {
	case err == nil:
		return exitSuccess
	case errors.As(err, &e):
		return e.status
	default:
		return exitUsage
	}
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "vpcgate",
		Short: "prove that a container reaches what its VPC reaches",
		Long: "vpcgate brings up real kind clusters in both container network models with a VPC around them,\n" +
			"breaks it in every documented way and proves with packets that the documented remedy cures it.",
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
	}
	c.AddCommand(
		runCommand(),
		listCommand(),
		claimsCommand(),
		planCommand(),
		explainCommand(),
		fuzzCommand(),
		chaosCommand(),
		doctorCommand(),
		provisionCommand(),
		sweepCommand(),
		diagnoseCommand(),
		mutationCommand(),
		reportCommand(),
		verifyCommand(),
		compareCommand(),
		runsCommand(),
		replayCommand(),
		schemaCommand(),
		versionCommand(),
	)
	c.AddCommand(completionCommand())
	completed(c)
	return c
}

// interruptible ends the context with the first signal that asks to stop; a
// second one then ends the program.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // from then on signals do what they usually do
	return ctx, stop
}

// failed is an error of the work itself, as opposed to one of its usage.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{status: exitFailure, text: err.Error()}
}
