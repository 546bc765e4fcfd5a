package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/labs"
)

// foundFolder is where differences become regression tests, seen from the root.
const foundFolder = "framework/fuzz/testdata/found"

// labsPerCore is how many labs share a core: each waits for the kernel most of the time.
const labsPerCore = 2

// fuzzGarbage lets worlds that live for a moment be collected in larger heaps: a percentage of what lives.
const fuzzGarbage = 400

func fuzzCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "fuzz", Short: "draw worlds, and ask the oracle and the netns lab the same flows", Args: cobra.NoArgs,
		Long: "fuzz draws random valid worlds, has the oracle and the netns lab adopt each, and asks both the same flows. What they\n" +
			"disagree about is made small and saved as YAML in " + foundFolder + ", where it is a test.\n" +
			"The same seed draws the same worlds, in the same order; how many there are depends on the time. It ends with one line,\n" +
			"worlds N, flows N, differences N, seed N, and exits 1 when there are differences.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, root, err := load(c)
			if err != nil {
				return err
			}
			o, err := fuzzOptions(c, settings, root)
			if err != nil {
				return err
			}
			if err := netns.ReexecInUserNamespace(); err != nil {
				return failed(err)
			}
			debug.SetGCPercent(fuzzGarbage)
			ctx, stop := interruptible(c.Context())
			defer stop()
			return fuzzed(ctx, c, o)
		},
	}
	addSettingFlags(c)
	addDrawnFlags(c, labsPerCore*runtime.NumCPU())
	c.Flags().String("save", "", "folder for what is found (default "+foundFolder+")")
	return c
}

func fuzzOptions(c *cobra.Command, s config.Settings, root string) (fuzz.Options, error) {
	o := fuzz.Options{
		Paper: labs.Paper(), Quick: labs.Netns(s, s.Timing.Hasty()), Patient: labs.Netns(s, s.Timing),
		ShrinkWithin: s.Timing.Shrink, Every: s.Timing.Tell,
		Tell: func(line string) { _, _ = fmt.Fprintln(c.OutOrStdout(), line) }, // progress is no evidence
	}
	d, err := drawnOf(c)
	if err != nil {
		return o, err
	}
	o.For, o.Seed, o.Workers = d.duration, d.seed, d.labs
	if o.Save, err = c.Flags().GetString("save"); err != nil {
		return o, err
	}
	if o.Save == "" {
		o.Save = filepath.Join(root, foundFolder)
	}
	return o, o.Validate()
}

func fuzzed(ctx context.Context, c *cobra.Command, o fuzz.Options) error {
	sum, err := fuzz.Run(ctx, o)
	if sum.Unsteady > 0 {
		o.Tell(fmt.Sprintf("unsteady %d: seen once, and not again when asked patiently", sum.Unsteady))
	}
	if _, printed := fmt.Fprintln(c.OutOrStdout(), sum); printed != nil {
		return failed(printed)
	}
	if err != nil {
		return failed(err)
	}
	if sum.Worlds == 0 {
		return failed(fmt.Errorf("nothing was compared"))
	}
	if sum.Differences > 0 {
		return &exitError{status: exitFailure}
	}
	return nil
}
