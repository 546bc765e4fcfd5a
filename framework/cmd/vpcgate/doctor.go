package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "say what this host can and cannot do, and what to do about it", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return failed(errors.New("doctor: not wired yet")) },
	}
}
