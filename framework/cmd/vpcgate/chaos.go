package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/page"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/labs"
)

// stormyLabs is how many labs work side by side: each waits most of the time.
const stormyLabs = 4

// Repetitions of a schedule whose result is unknown, and tries to make one smaller.
const (
	chaosAgain = 2
	chaosSmall = 16
)

func chaosCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "chaos", Short: "let faults come and go under live traffic, and judge every operation by the oracle", Args: cobra.NoArgs,
		Long: "chaos draws schedules of faults from a seed, takes netns labs, or with --lab kind a cluster of each mode, through them while their agents send steady traffic, and holds\n" +
			"what the traffic met against what the oracle says of the worlds that were in force. The same seed draws the same schedules, in\n" +
			"the same order; how many there are depends on the time. A schedule that shows a violation is made small and saved as YAML;\n" +
			"--schedule goes through such a file again.\n" +
			"In the run's folder, under " + chaosFolder + ", are " + page.File + ", one file that draws faults over traffic, report.json and timeline.txt.\n" +
			"It ends with one line, faults N, operations N, violations N, seed N, or with -o json the report instead; what goes on is then\n" +
			"told on standard error.\n\n" +
			"It exits 0 when everything was judged and nothing violated; 1 when there are violations (what comes back, or takes effect,\n" +
			"after its budget is one), when vpcgate itself leaks, or when it could not do its work; 2 for wrong usage; and 3 when nothing\n" +
			"was violated and some schedules could not be judged: unknown is no pass.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			o, err := chaosOptions(c, settings)
			if err != nil {
				return err
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			if stormyLab(settings) == lab.Kind {
				clusters, err := onClusters(ctx, &o, settings, func(line string) { _, _ = fmt.Fprintln(c.ErrOrStderr(), line) })
				if err != nil {
					return failed(err)
				}
				err = stormed(ctx, c, o, settings)
				return errors.Join(err, clusters.Close(context.WithoutCancel(ctx)))
			}
			if err := netns.ReexecInUserNamespace(); err != nil {
				return failed(err)
			}
			return stormed(ctx, c, o, settings)
		},
	}
	addSettingFlags(c)
	addDrawnFlags(c, stormyLabs)
	addOutputFlag(c, "text", "json")
	c.Flags().StringArray("schedule", nil, "go through the schedule of this file instead; may be given again")
	return c
}

func chaosOptions(c *cobra.Command, s config.Settings) (storm.Options, error) {
	if !s.Has(lab.Netns) && !s.Has(lab.Kind) {
		return storm.Options{}, fmt.Errorf("chaos: faults under live traffic are for the labs %s and %s, neither of which is among %v; say --lab %s",
			lab.Netns, lab.Kind, s.Labs, lab.Netns)
	}
	pace := config.DefaultChaos().Scale(s.TimingFactor)
	oracle := paperlab.New()
	o := storm.Options{
		Open: labs.Stormy(s), Oracle: oracle, Pace: pace, Again: chaosAgain, Small: chaosSmall, Every: s.Timing.Tell, Glance: pace.Glance,
		Drawing: chaos.Drawing{
			Stages: stages.All(), Oracle: oracle, Shortest: pace.Enough(), Longest: pace.Enough() + pace.Spread, Quick: pace.Quick,
		}.On(lab.Netns),
	}
	d, err := drawnOf(c)
	if err != nil {
		return o, err
	}
	o.For, o.Seed, o.Labs = d.duration, d.seed, d.labs
	if stormyLab(s) == lab.Kind && !c.Flags().Changed("labs") {
		o.Labs = len(s.Modes) // each cluster is one schedule's at a time
	}
	files, err := c.Flags().GetStringArray("schedule")
	if err != nil {
		return o, err
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return o, err
		}
		s, _, err := chaos.ParseYAML(text)
		if err != nil {
			return o, fmt.Errorf("%s: %w", path, err)
		}
		o.Schedules = append(o.Schedules, s)
	}
	return o, o.Validate()
}
