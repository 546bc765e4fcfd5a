package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "list the scenarios that the settings select", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			catalogue := scenarios.Catalogue()
			if markdown, err := c.Flags().GetBool("markdown"); err != nil {
				return err
			} else if markdown {
				_, err := io.WriteString(c.OutOrStdout(), specs.Markdown(catalogue))
				return failed(err)
			}
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			texts, err := specs.Selected(catalogue, settings)
			if err != nil {
				return err
			}
			if len(texts) == 0 {
				return specs.NothingSelected(catalogue, settings.Focus)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, t := range texts {
				if _, err := fmt.Fprintln(w, t); err != nil {
					return failed(err)
				}
			}
			return failed(w.Flush())
		},
	}
	addSettingFlags(c)
	c.Flags().Bool("markdown", false, "print the whole catalogue as suites/README.md holds it")
	return c
}
