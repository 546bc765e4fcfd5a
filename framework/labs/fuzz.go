package labs

import (
	"context"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

// Paper opens oracles.
func Paper() fuzz.Opener {
	return func(context.Context) (lab.Lab, error) { return paperlab.New(), nil }
}

// Netns opens labs of namespaces with a timing of their own. They are never kept.
func Netns(s config.Settings, t config.Timing) fuzz.Opener {
	return func(ctx context.Context) (lab.Lab, error) {
		return netnslab.Open(ctx, netnslab.Options{Run: s.Run, Timing: t})
	}
}
