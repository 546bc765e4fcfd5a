package main

import (
	"context"
	"errors"
	"slices"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// stormyLab is the lab that chaos is for, of those asked for: clusters only where there are no namespaces.
func stormyLab(s config.Settings) lab.Name {
	if s.Has(lab.Kind) && !s.Has(lab.Netns) {
		return lab.Kind
	}
	return lab.Netns
}

// kindStages are the stages of a storm on clusters: those of the modes that a cluster can host.
func kindStages(all []chaos.Stage, modes []topology.Mode) []chaos.Stage {
	return slices.DeleteFunc(slices.Clone(all), func(s chaos.Stage) bool {
		return !slices.Contains(modes, s.World.Clusters[0].Mode) || lab.CanHost(lab.Kind, s.World) != nil
	})
}

// onClusters makes a storm one on clusters. The caller closes what it returns.
func onClusters(ctx context.Context, o *storm.Options, s config.Settings, tell specs.Tell) (*labs.Clusters, error) {
	if err := labs.SweepDead(ctx, s, tell); err != nil {
		return nil, err
	}
	o.Pace = config.KindChaos().Scale(s.TimingFactor)
	o.Drawing = o.Drawing.On(lab.Kind)
	d := &o.Drawing
	d.Stages = kindStages(d.Stages, s.Modes)
	clusters := labs.StormyKind(s, d.Stages, tell)
	if err := clusters.Make(ctx); err != nil { // which is no time of the storm's
		return nil, errors.Join(err, clusters.Close(context.WithoutCancel(ctx)))
	}
	o.Open = clusters.Open
	d.Shortest, d.Longest, d.Quick = o.Pace.Enough(), o.Pace.Enough()+o.Pace.Spread, o.Pace.Quick
	return clusters, nil
}
