package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/preflight"
)

func doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "say what this host can and cannot do, and what to do about it", Args: cobra.NoArgs,
		Long: "doctor looks at everything that the labs need and changes nothing. For each gap it says what is missing,\n" +
			"why it is needed, how to get it and where that is written down. It exits 0 when every lab can run.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			// An ordinary user's limits are known only from inside.
			if err := netns.ReexecInUserNamespace(); err != nil && !errors.Is(err, netns.ErrNotCapable) {
				return failed(err)
			}
			report := preflight.Doctor(c.Context(), preflight.Options{K8sVersion: settings.KubernetesVersion, CacheDir: settings.Cache})
			text := []byte(report.Text())
			if asJSON, err := c.Flags().GetBool("json"); err != nil {
				return err
			} else if asJSON {
				if text, err = report.JSON(); err != nil {
					return failed(err)
				}
			}
			if _, err := c.OutOrStdout().Write(text); err != nil {
				return failed(err)
			}
			for _, lab := range preflight.Labs() {
				if !report.Can(lab) {
					return failed(fmt.Errorf("this host cannot run lab %s", lab))
				}
			}
			return nil
		},
	}
	addSettingFlags(c)
	c.Flags().Bool("json", false, "print for programs")
	return c
}
