package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	kind "sigs.k8s.io/kind/pkg/cmd/kind/version"

	"github.com/vpcgate/vpcgate/framework/record"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the versions of vpcgate and of what it brings along", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			version := "(devel)"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "vpcgate %s\n%s\nkind %s\nreport schema %s\n",
				version, runtime.Version(), "v"+kind.Version(), record.Schema)
			return failed(err)
		},
	}
}
