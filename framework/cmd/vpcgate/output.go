package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
)

// formsAnnotation keeps the forms of output that a command has with its flag.
const formsAnnotation = "vpcgate/forms"

// addOutputFlag adds the flag that says in which form a command prints; the first form
// is the default.
func addOutputFlag(c *cobra.Command, forms ...string) {
	last := len(forms) - 1
	c.Flags().StringP("output", "o", forms[0], strings.Join(forms[:last], ", ")+" or "+forms[last])
	c.Flags().Lookup("output").Annotations = map[string][]string{formsAnnotation: forms}
}

// outputOf is the form that a command was told, one of those it has.
func outputOf(c *cobra.Command) (string, error) {
	output, err := c.Flags().GetString("output")
	if err != nil {
		return "", err
	}
	forms := c.Flags().Lookup("output").Annotations[formsAnnotation]
	if !slices.Contains(forms, output) {
		return "", fmt.Errorf("unknown output %q; %s", output, config.Suggest(output, forms))
	}
	return output, nil
}
