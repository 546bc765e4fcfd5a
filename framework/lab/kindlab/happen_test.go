package kindlab

import (
	"context"
	"errors"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// stubborn is a fault that cannot be healed so many times.
type stubborn struct{ fails int }

func (*stubborn) begin(context.Context) error            { return nil }
func (*stubborn) active(context.Context) (string, error) { return "seen", nil }

func (s *stubborn) heal(context.Context) (string, error) {
	if s.fails--; s.fails >= 0 {
		return "", errors.New("the engine is busy")
	}
	return "gone", nil
}

// What could not be healed is not forgotten: whoever heals next heals it.
func TestHealAll_goes_on_where_it_failed(t *testing.T) {
	t.Parallel()
	l := &Lab{options: Options{Timing: config.DefaultTiming()}}
	for _, fails := range []int{0, 1, 0} {
		l.happenings = append(l.happenings, &happening{Happening: lab.Happening{Kind: lab.MachineLost, On: "node-2"}, lab: l, fault: &stubborn{fails: fails}})
	}
	if err := l.healAll(t.Context()); err == nil || len(l.happenings) != 1 {
		t.Errorf("%d are left, %v", len(l.happenings), err)
	}
	if err := l.healAll(t.Context()); err != nil || len(l.happenings) != 0 {
		t.Errorf("%d are left, %v", len(l.happenings), err)
	}
}
