package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"
)

// drawn is what commands are told that draw from a seed.
type drawn struct {
	duration time.Duration
	seed     uint64
	// labs is how many work side by side.
	labs int
}

func addDrawnFlags(c *cobra.Command, labs int) {
	c.Flags().Duration("for", time.Minute, "how long to go on drawing")
	c.Flags().Uint64("seed", 0, "what is drawn from (default made from the time)")
	c.Flags().Int("labs", labs, "how many labs work side by side")
}

func drawnOf(c *cobra.Command) (drawn, error) {
	duration, durationErr := c.Flags().GetDuration("for")
	seed, seedErr := c.Flags().GetUint64("seed")
	labs, labsErr := c.Flags().GetInt("labs")
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1e9
	}
	return drawn{duration: duration, seed: seed, labs: labs}, errors.Join(durationErr, seedErr, labsErr)
}
