package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/labs"
)

func sweepCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "sweep", Short: "remove what dead runs left and what was kept", Args: cobra.NoArgs,
		Long: "sweep removes clusters, containers and namespaces of vpcgate that no running process uses, those kept\n" +
			"by KEEP=1 included. It touches nothing that does not carry vpcgate's marks, and no image;\n" +
			"of the cache only what interrupted builds left, where nobody builds now.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			ctx, cancel := context.WithTimeoutCause(ctx, settings.Timing.Sweep,
				fmt.Errorf("the sweep took over %s", settings.Timing.Sweep))
			defer cancel()
			removed := 0
			err = labs.SweepAll(ctx, settings, func(line string) {
				removed++
				_, _ = fmt.Fprintln(c.OutOrStdout(), line)
			})
			if err == nil && removed == 0 {
				_, err = fmt.Fprintln(c.OutOrStdout(), "nothing to sweep")
			}
			return failed(err)
		},
	}
	addSettingFlags(c)
	return c
}
