package storm_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Everything that can happen to namespaces happens, is shown by them, met by the traffic as it has to be, and healed.
func TestRun_happenings(t *testing.T) {
	s := stage(topology.Tunnel)
	schedule := chaos.Schedule{
		Stage: s.Name, Warm: hold,
		Flows: []topology.Flow{
			topology.OverTCP("node-2", "host-pod", worlds.HostPodPort), topology.OverTCP("pod-b", "pod-a", worlds.PodPort), topology.Ping("ecs-25", "node-1"),
			topology.Established("pod-b", "pod-a", worlds.PodPort), topology.Established("ecs-p", "ecs-25", worlds.WebPort),
			topology.Bulk("node-2", "ecs-25", worlds.WebPort, 2*chaos.FullPacket),
			topology.Bulk("pod-b", "host-pod", worlds.HostPodPort, 2*chaos.FullPacket), topology.OverTCP("ecs-25", "ecs-p2", worlds.WebPort),
		},
	}
	schedule.Flows = slices.DeleteFunc(schedule.Flows, func(f topology.Flow) bool { return s.World.ValidateFlow(f) != nil })
	want := 0
	for _, k := range lab.HappeningKinds() {
		for _, on := range []string{"vpc-demo", "node-1", "ecs-25"} {
			name := lab.Happening{Kind: k, On: on}.String()
			known := slices.ContainsFunc(chaos.Faults(s.World), func(f chaos.Fault) bool { return f.Name() == name })
			if !known || lab.CanHappen(lab.Netns, s.World, lab.Happening{Kind: k, On: on}) != nil || on == "ecs-25" && k != lab.MTULowered {
				continue
			}
			want++
			schedule.Steps = append(schedule.Steps, chaos.Step{Inject: []string{name}, Hold: hold})
			if !k.Momentary() {
				schedule.Steps = append(schedule.Steps, chaos.Step{Heal: []string{name}, Hold: hold})
			}
		}
	}
	o := options(t, open)
	o.Drawing.Stages, o.Schedules = []chaos.Stage{s}, []chaos.Schedule{schedule}
	var judged []storm.Episodic
	o.Judged = func(e storm.Episodic) { judged = append(judged, e) }
	sum, err := storm.Run(t.Context(), o)
	if err != nil || sum.Violations > 0 || sum.Unknown > 0 || sum.Faults != want {
		t.Fatalf("%s, of %d faults, %v: %v", sum, want, err, sum.Reasons)
	}
	for _, m := range judged[0].Timeline.Moments[1:] {
		if len(m.Proofs) == 0 {
			t.Errorf("%s: the platform has not shown it", m.Step)
		}
		t.Log(m.Step, m.Proofs)
	}
}
