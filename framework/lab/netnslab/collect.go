package netnslab

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var _ lab.Collector = (*Lab)(nil)

// Collect implements lab.Collector.
func (l *Lab) Collect(ctx context.Context, f lab.Failing, into lab.Files) error {
	if !l.open {
		return fmt.Errorf("collect %s: no world is adopted, so there is no hop to look at", f.Flow)
	}
	return l.fabric.Collect(ctx, fabric.Collecting{
		World: l.world, Failing: f,
		Ask:   func(ctx context.Context) (verdict.Observation, error) { return l.Ask(ctx, f.Flow) },
		Place: func(name string) *netns.Namespace { return l.spaces[name] },
	}, into)
}
