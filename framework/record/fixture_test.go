package record_test

import (
	"errors"
	"net/netip"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var started = time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)

func run() record.Run {
	return record.Run{
		ID: "20261122-233000-3f2a", Started: started, Seconds: 312.4,
		Labs: lab.Names(), Modes: topology.Modes(), Focus: "SG-0",
	}
}

func environment() record.Environment {
	return record.Environment{
		Kernel: "6.18.5", OS: "Debian GNU/Linux 12 (bookworm)", Go: "go1.26.8", Engine: "docker 20.10.24", Kind: "v0.33.0",
		Kubernetes: "v1.37.2", NodeImage: record.NodeImage{Ref: "vpcgate/node:v1.37.2-0a1b2c", Digest: "sha256:0a1b2c", Bytes: 700 << 20},
		Services: []record.Service{
			{Lab: lab.Netns, Program: managed.Program{Use: topology.UseRedis, Name: "miniredis", Version: "v2.40.0", StandIn: "for Redis, which is not installed here"}},
			{Lab: lab.Kind, Program: managed.Program{Use: topology.UseRedis, Name: "redis-server", Version: "7.0.15"}},
		},
		Git: record.Git{Commit: "9225c50", State: "clean"}, CPUs: 2, MemoryBytes: 24 << 30,
	}
}

func result(id string, m topology.Mode, l lab.Name, seconds float64) record.Result {
	return record.Result{
		Scenario: id, Title: "the peer's security group omits the container CIDR", Family: scenario.SecurityGroup,
		Origin: scenario.Seed, Tier: scenario.Core, Claim: "intra-vpc/security-group", Mode: m, Lab: l,
		Outcome: record.Success, Started: started, Seconds: seconds,
	}
}

// symptomMissed is a result that failed since a flow answered otherwise.
func symptomMissed() record.Result {
	r := result("SG-001", topology.Routed, lab.Netns, 5.31)
	want := verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))
	got := verdict.ReachedAs("pod-a")
	got.SeenAddress = netip.MustParseAddr("172.16.0.5")
	r.Outcome, r.Failed, r.Class = record.Failure, record.Symptom, record.Expectation
	r.Reason = "symptom not seen: pod-a → ecs-25 icmp: want dropped, got reached"
	r.Phases = []record.PhaseRecord{
		{Phase: record.Baseline, Checks: []record.Check{{Role: "flow", OK: true, Want: got}}},
		{Phase: record.Symptom, Change: "remove rule from-containers from security group sg-ecs", Error: r.Reason, Checks: []record.Check{
			{Role: "control", OK: true, Want: got},
			{Role: "flow", Want: want, Predicted: got, Observation: verdict.Observation{
				Flow: topology.Ping("pod-a", "ecs-25"), From: got.SeenAddress, To: netip.MustParseAddr("192.168.10.52"),
				Verdict: got, Milliseconds: 3.2, Transcript: "64 bytes from 192.168.10.52: icmp_seq=1 ttl=62 time=0.1 ms\n",
				Evidence: verdict.Evidence{
					Sent: 6, Received: 6, Server: "ecs-25",
					Rules: []verdict.RuleCount{{Hop: "vpc-demo", Rule: "sg/web/ingress/default-deny", Packets: 2}},
					Sightings: []verdict.Sighting{
						{Hop: "vpc-demo", Way: verdict.Request, Point: verdict.Left, Client: got.SeenAddress, Packets: 6},
					},
				},
			}},
		}},
	}
	return r
}

// disagreeing failed since the wire did what paper had not predicted.
func disagreeing() record.Result {
	r := symptomMissed()
	r.Scenario, r.Class = "SG-003", record.Disagreement
	c := &r.Phases[1].Checks[1]
	c.Predicted = c.Want
	c.PredictedPath = verdict.Path{Forth: []verdict.Step{
		{Hop: "pod-a", Did: "sent 172.16.0.5 → 192.168.10.52"},
		{Hop: "vpc-demo", Did: "routed to ecs-25 by the local route 192.168.10.0/24"},
		{Hop: "vpc-demo", Did: "dropped", Rule: c.Want.Rule},
	}}
	c.Observation.Evidence.Rules = nil
	c.Observation.Evidence.Sightings = append(c.Observation.Evidence.Sightings, verdict.Sighting{
		Hop: "vpc-demo", Way: verdict.Reply, Point: verdict.Entered, Client: c.Observation.From, Packets: 6,
	})
	c.Observation.Path = c.Observation.Evidence.Seen()
	return r
}

// wrongCause failed in a phase that asks nothing itself.
func wrongCause() record.Result {
	r := symptomMissed()
	r.Scenario, r.Failed, r.Class = "SG-002", record.Cause, record.WrongCause
	r.Reason = "right verdict, wrong cause: pod-a → ecs-25 tcp/80: the server does not live"
	symptom := r.Phases[1]
	symptom.Error = ""
	symptom.Checks = []record.Check{symptom.Checks[1]}
	symptom.Checks[0].OK = true
	symptom.Checks[0].Observation.Verdict, symptom.Checks[0].Predicted = symptom.Checks[0].Want, symptom.Checks[0].Want
	symptom.Checks[0].Observation.Flow = topology.OverTCP("pod-a", "ecs-25", 80)
	symptom.Checks[0].Observation.Evidence = verdict.Evidence{
		Sent: 1, Errno: "ETIMEDOUT",
		Rules: []verdict.RuleCount{{Hop: "vpc-demo", Rule: "sg/ecs-25/ingress/default-deny", Packets: 1}},
	}
	r.Phases = []record.PhaseRecord{symptom, {Phase: record.Cause, Error: r.Reason}}
	return r
}

// labError failed before anything was asked.
func labError() record.Result {
	r := result("PEER-001", topology.Tunnel, lab.Kind, 1.2)
	r.Family, r.Outcome, r.Failed, r.Class = scenario.Peering, record.Failure, record.Adopt, record.BrokenLab
	r.Reason = "lab error: adopt world peered-vpcs:\nrun docker inspect: exit status 1"
	r.Phases = []record.PhaseRecord{{Phase: record.Adopt, Error: r.Reason}}
	return r
}

func mixed() []record.Result {
	notRun := func(id string, m topology.Mode) record.Result {
		return record.NotRunBecause(scenario.Scenario{ID: id, Title: "a title", Tier: scenario.Core}, m, lab.Kind, "the cluster was not ready")
	}
	return []record.Result{
		labError(), symptomMissed(), wrongCause(), disagreeing(),
		result("SG-001", topology.Tunnel, lab.Paper, 0.0021), result("SG-001", topology.Routed, lab.Paper, 0.0019),
		result("SG-001", topology.Tunnel, lab.Netns, 0.41), result("SG-002", topology.Tunnel, lab.Netns, 0.44),
		notRun("SG-001", topology.Routed), notRun("SG-002", topology.Routed),
		record.Trouble("set-up of the lab", topology.Routed, lab.Kind, errors.New("check cluster routed: no name resolves\nfrom pod-a")),
	}
}
