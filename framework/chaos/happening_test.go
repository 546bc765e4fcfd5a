package chaos_test

import (
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestBears(t *testing.T) {
	tunnel, routed := worlds.PeeredCache(topology.Tunnel), worlds.PeeredCache(topology.Routed)
	toPod := topology.OverTCP("node-2", "pod-a", worlds.PodPort)
	acrossNodes := topology.OverTCP("pod-b", "pod-a", worlds.PodPort)
	fromPod := topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)
	large := topology.Bulk("pod-a", "ecs-25", worlds.WebPort, 2*chaos.FullPacket)
	names := worlds.NamedVPC(topology.Tunnel)
	question := topology.Resolve("pod-b", "app-server") // of the DNS on node-1
	besides := topology.OverTCP("ecs-25", "ecs-p2", worlds.WebPort)
	for _, c := range []struct {
		name      string
		world     topology.World
		happening lab.Happening
		flow      topology.Flow
		want      chaos.Bearing
	}{
		{"the client is on a lost node", routed, lab.Happening{Kind: lab.MachineLost, On: "node-1"}, fromPod, chaos.Absent},
		{"the server is on a lost node", routed, lab.Happening{Kind: lab.MachineLost, On: "node-1"}, toPod, chaos.Silenced},
		{"the server is lost", tunnel, lab.Happening{Kind: lab.MachineLost, On: "ecs-25"}, fromPod, chaos.Silenced},
		{"others do not meet the lost one", tunnel, lab.Happening{Kind: lab.MachineLost, On: "node-1"}, besides, chaos.Clear},
		{"a paused server accepts and says nothing", routed, lab.Happening{Kind: lab.MachinePaused, On: "ecs-25"}, fromPod, chaos.Silenced},
		{"a paused server's kernel answers", routed, lab.Happening{Kind: lab.MachinePaused, On: "ecs-25"}, topology.Ping("pod-a", "ecs-25"), chaos.Clear},
		{"a paused server's kernel refuses", routed, lab.Happening{Kind: lab.MachinePaused, On: "ecs-25"}, topology.OverTCP("pod-a", "ecs-25", 4321), chaos.Clear},
		{"a paused node asks nothing", routed, lab.Happening{Kind: lab.MachinePaused, On: "node-1"}, fromPod, chaos.Absent},
		{"packets are lost at the client", routed, lab.Happening{Kind: lab.PacketsLost, On: "node-1"}, fromPod, chaos.Loose},
		{"packets are lost elsewhere", routed, lab.Happening{Kind: lab.PacketsLost, On: "node-2"}, fromPod, chaos.Clear},
		{"small packets fit", routed, lab.Happening{Kind: lab.MTULowered, On: "ecs-25"}, fromPod, chaos.Clear},
		{"full packets do not", routed, lab.Happening{Kind: lab.MTULowered, On: "ecs-25"}, large, chaos.Silenced},
		{"what a service says may fill one", routed, lab.Happening{Kind: lab.MTULowered, On: "ecs-25"}, topology.OverRedis("ecs-25", "cache"), chaos.Loose},
		{"who is refused sends none", routed, lab.Happening{Kind: lab.MTULowered, On: "ecs-25"}, topology.Bulk("pod-a", "ecs-25", 4321, 2*chaos.FullPacket), chaos.Clear},
		{"full packets pass elsewhere", routed, lab.Happening{Kind: lab.MTULowered, On: "ecs-p2"}, large, chaos.Clear},
		{"the overlay carries pods", tunnel, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}, acrossNodes, chaos.Silenced},
		{"the overlay carries no masqueraded flow", tunnel, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}, fromPod, chaos.Clear},
		{"the overlay carries nothing to a node", tunnel, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}, topology.OverTCP("pod-b", "host-pod", worlds.HostPodPort), chaos.Clear},
		{"a routed cluster has no overlay", routed, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}, acrossNodes, chaos.Clear},
		{"nobody answers for the DNS", names, lab.Happening{Kind: lab.DNSGone, On: "demo"}, question, chaos.Turned},
		{"a node asks the VPC's own resolver", names, lab.Happening{Kind: lab.DNSGone, On: "demo"}, topology.Resolve("node-1", "app-server"), chaos.Clear},
		{"an address needs no DNS", names, lab.Happening{Kind: lab.DNSGone, On: "demo"}, toPod, chaos.Clear},
		{"the overlay carries questions for names", names, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}, question, chaos.Silenced},
		{"the DNS is on a paused node", names, lab.Happening{Kind: lab.MachinePaused, On: "node-1"}, question, chaos.Silenced},
		{"the DNS's packets are lost", names, lab.Happening{Kind: lab.PacketsLost, On: "node-1"}, question, chaos.Loose},
		{"whom the name stands for is lost", names, lab.Happening{Kind: lab.MachineLost, On: "ecs-25"}, question, chaos.Clear},
		{"nobody asks the kubelet", routed, lab.Happening{Kind: lab.KubeletStopped, On: "node-1"}, toPod, chaos.Clear},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.world.ValidateFlow(c.flow); err != nil {
				t.Fatal(err)
			}
			if got := chaos.Bears(c.happening, c.world, c.flow, paperlab.New().Predict(c.world, c.flow)); got != c.want {
				t.Errorf("%s bears %d on %s, want %d", c.happening, got, c.flow, c.want)
			}
		})
	}
}

// happened is the story of something that happens to the server's machine and is healed.
func happened(k chaos.Kind) chaos.Timeline {
	line := story("open")
	for i := 1; i <= 2; i++ {
		line.Moments[i].Kinds, line.Moments[i].Proofs = []chaos.Kind{k}, []string{"seen"}
	}
	line.Moments[1].Happenings = []lab.Happening{{Kind: lab.HappeningKind(k), On: "server"}}
	return line
}

// silence makes everything that flows ask silent for a while.
func silence(h *chaos.History, flow int, from, to time.Duration) {
	for at := from; at < to; at += 50 * ms {
		forge(h, flow, at, silent)
	}
}

func TestJudge_lost_machine(t *testing.T) {
	line := happened(chaos.MachineLost)
	h := traffic(line, web, kept, ping)
	for flow := range h.Flows {
		silence(&h, flow, 1000*ms, 2000*ms)
	}
	line.Moments[2].Lost = []string{"server"}
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid || j.Effects[0].Shown != 2 {
		t.Fatalf("%s: %v %v %+v", j.Result, j.Violations, j.Reasons, j.Effects)
	}
	forge(&h, 0, 1500*ms, answered)
	if j := chaos.Judge(paper{}, h, line, terms()); !chaos.Shows(j, chaos.FailClosed) {
		t.Errorf("a lost machine answers: %s: %v", j.Result, j.Violations)
	}
	line.Moments[1].Proofs = nil
	if j := chaos.Judge(paper{}, h, line, terms()); len(j.Reasons) == 0 {
		t.Error("the platform has shown nothing, and nobody says so")
	}
}

func TestJudge_lossy_machine(t *testing.T) {
	line := happened(chaos.PacketsLost)
	h := traffic(line, web, kept, ping)
	for _, at := range []time.Duration{1200 * ms, 1350 * ms, 1700 * ms} {
		for flow := range h.Flows {
			forge(&h, flow, at, silent)
		}
	}
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid || j.Excused != 9 {
		t.Fatalf("%s: %v %v, %d excused", j.Result, j.Violations, j.Reasons, j.Excused)
	}
	for flow, want := range []chaos.Invariant{chaos.Recovers, chaos.Kept} {
		late := h
		late.Operations = append([]chaos.Operation(nil), h.Operations...)
		silence(&late, flow, 1900*ms, 2900*ms)
		if j := chaos.Judge(paper{}, late, line, terms()); !chaos.Shows(j, want) {
			t.Errorf("healed, %s stays silent: %s: %v, want %s", h.Flows[flow], j.Result, j.Violations, want)
		}
	}
	forge(&h, 0, 1500*ms, func(op chaos.Operation) chaos.Operation {
		op.Outcome = chaos.Refused
		return op
	})
	if j := chaos.Judge(paper{}, h, line, terms()); !chaos.Shows(j, chaos.Control) {
		t.Errorf("what loses packets says no: %s: %v", j.Result, j.Violations)
	}
}

func TestJudge_rebooted_machine(t *testing.T) {
	line := story("open")
	for i := 1; i <= 2; i++ {
		m := &line.Moments[i]
		m.Kinds, m.Proofs, m.Lost = []chaos.Kind{chaos.MachineRebooted}, []string{"seen"}, []string{"server"}
		m.Passing, m.Done = []lab.Happening{{Kind: lab.MachineRebooted, On: "server"}}, m.Began+200*ms
	}
	h := traffic(line, web, kept, ping)
	for flow := range h.Flows {
		silence(&h, flow, 1000*ms, 1200*ms)
	}
	silence(&h, 1, 1200*ms, 1400*ms) // it has to be made anew
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid {
		t.Fatalf("%s: %v %v", j.Result, j.Violations, j.Reasons)
	}
	silence(&h, 0, 1300*ms, 1600*ms)
	if j := chaos.Judge(paper{}, h, line, terms()); !chaos.Shows(j, chaos.Recovers) {
		t.Errorf("it is back and silent: %s: %v", j.Result, j.Violations)
	}
}
