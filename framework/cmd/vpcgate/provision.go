package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/labs"
)

func provisionCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "provision", Short: "make ready what the kind lab needs, and run nothing", Args: cobra.NoArgs,
		Long: "provision makes the engine, the node image and the probe agent's image ready, as a run does by itself, and\n" +
			"the images that only some scenarios need: a host's container engine, and the servers of managed services.\n" +
			"What is at hand already takes a moment; it can be interrupted at any time and goes on from there.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			facts, images, err := labs.Provide(ctx, settings, func(line string) { _, _ = fmt.Fprintln(c.OutOrStdout(), line) })
			if err != nil {
				return failed(err)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "engine      %s\nnode image  %s, %d MB, %s\nimages      %s\nkind        %s, Kubernetes %s\n",
				facts.Engine, facts.NodeImage.Ref, facts.NodeImage.Bytes/1e6, facts.NodeImage.Digest, strings.Join(images, ", "), facts.Kind, facts.Kubernetes)
			return failed(err)
		},
	}
	addSettingFlags(c)
	return c
}
