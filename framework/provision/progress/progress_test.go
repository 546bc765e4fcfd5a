package progress_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

func TestStep_isOneLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step progress.Step
		want string
	}{
		{
			progress.Step{Task: "node image", Name: "kubernetes", Index: 2, Total: 15, State: progress.Running, Elapsed: 61 * time.Second},
			"node image: component 2 of 15: kubernetes running 1m1s",
		},
		{progress.Step{Task: "engine", State: progress.Cached, Note: "28.2.2"}, "engine at hand (28.2.2)"},
	} {
		if got := c.step.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestBegin_reportsTheEnd(t *testing.T) {
	t.Parallel()
	var got []progress.State
	report := progress.Serial(func(s progress.Step) { got = append(got, s.State) })
	report.Begin(progress.Step{})(nil)
	report.Begin(progress.Step{})(errors.New("bad"))
	if want := []progress.State{progress.Began, progress.Done, progress.Began, progress.Failed}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	progress.Func(nil).Begin(progress.Step{})(nil)
}
