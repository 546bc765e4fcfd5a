package labs

import (
	"path/filepath"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/trial"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

// keptSchedules is where the schedules are kept that once showed something, seen from the root.
const keptSchedules = "framework/chaos/testdata/schedules"

// Trials makes the specs of chaos on stages, at the pace of the settings in the environment.
func Trials(stages []chaos.Stage) (*trial.Trials, error) {
	root, err := config.Root(".")
	if err != nil {
		return nil, err
	}
	s, err := config.Load(config.Environment(), root, time.Now())
	if err != nil {
		return nil, err
	}
	return trial.New(trial.Options{
		Stages: stages, Oracle: paperlab.New(), Kept: filepath.Join(root, filepath.FromSlash(keptSchedules)), Pace: func(l lab.Name) config.Chaos { return paceOf(l).Scale(s.TimingFactor) },
	})
}

// paceOf is how fast faults come and traffic is sent on a lab.
func paceOf(l lab.Name) config.Chaos {
	if l == lab.Kind {
		return config.KindChaos()
	}
	return config.DefaultChaos()
}
