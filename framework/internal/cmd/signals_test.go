package cmd_test

import (
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

func TestLines_passesSignalsToTheGroup(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	c := sh(`trap 'echo cleaned; exit 3' INT; echo ready; while :; do sleep 0.01; done`)
	c.Signals = signals
	var got []string
	err := cmd.Lines(t.Context(), c, func(_ cmd.Stream, line string) {
		if got = append(got, line); line == "ready" {
			signals <- syscall.SIGINT
		}
	})
	if want := []string{"ready", "cleaned"}; !slices.Equal(got, want) || err == nil {
		t.Errorf("got %q, %v, want %q and an exit status", got, err, want)
	}
}
