package main

import (
	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/schema"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "print the JSON Schema of report.json", Args: cobra.NoArgs,
		Long: "schema prints the JSON Schema (draft 2020-12) of the report.json that this vpcgate writes, " + record.Schema + ".\n" +
			"Reports of older versions are read by this vpcgate as well, and are valid once it has written them again.",
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(schema.Report())
			return err
		},
	}
}
