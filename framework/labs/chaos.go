package labs

import (
	"context"

	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
)

// Stormy opens labs of namespaces for chaos. They are never kept. What clients write on there fails soon, so that it is tried again soon.
func Stormy(s config.Settings) storm.Opener {
	return func(ctx context.Context) (storm.Lab, error) {
		return netnslab.Open(ctx, netnslab.Options{Run: s.Run, Timing: s.Timing.Hasty()})
	}
}
