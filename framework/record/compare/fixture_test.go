package compare_test

import (
	"net/netip"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	denied = "sg/ecs-25/ingress/default-deny"
	revoke = "remove rule from-containers from security group sg-ecs"
	admit  = "add rule from-containers to security group sg-ecs"
)

// reached is an answer whose server saw a client at an address.
func reached(who, address string) verdict.Verdict {
	v := verdict.ReachedAs(who)
	v.SeenAddress = netip.MustParseAddr(address)
	return v
}

func dropped() verdict.Verdict { return verdict.Dropped("vpc-demo", denied) }

// check asks ecs-25 from pod-a and sees a verdict as it is wanted.
func check(v verdict.Verdict) record.Check {
	return record.Check{Role: "flow", Want: v, Predicted: v, OK: true, Observation: verdict.Observation{
		Flow: topology.Ping("pod-a", "ecs-25"), From: netip.MustParseAddr("172.16.0.10"), Verdict: v,
	}}
}

// passed is a success with a time to effect of 10 ms in each phase.
func passed(id string, m topology.Mode, l lab.Name) record.Result {
	seen := reached("pod-a", "172.16.0.10")
	phase := func(p record.Phase, change string, v verdict.Verdict) record.PhaseRecord {
		return record.PhaseRecord{Phase: p, Change: change, EffectSeconds: 0.01, Checks: []record.Check{check(v)}}
	}
	return record.Result{
		Scenario: id, Title: "the peer's security group omits the container CIDR", Family: scenario.Scenario{ID: id}.Family(),
		Tier: scenario.Core, Mode: m, Lab: l, Outcome: record.Success, Seconds: 0.4,
		Phases: []record.PhaseRecord{
			phase(record.Baseline, "", seen), phase(record.Symptom, revoke, dropped()), phase(record.Decoy, "add rule a", dropped()),
			phase(record.Decoy, "add rule b", dropped()), phase(record.Remedy, admit, seen),
		},
	}
}

// failed is a result that failed in a phase since its flow saw another verdict.
func failed(r record.Result, p record.Phase, c record.Class, saw verdict.Verdict) record.Result {
	r.Outcome, r.Failed, r.Class, r.Reason = record.Failure, p, c, string(p)+" not as wanted:\nwant one thing, got another"
	for i := range r.Phases {
		if r.Phases[i].Phase == p {
			r.Phases = r.Phases[:i+1]
			r.Phases[i].Checks[0].OK = false
			r.Phases[i].Checks[0].Observation.Verdict = saw
			break
		}
	}
	return r
}

func notRun(r record.Result) record.Result {
	r.Outcome, r.Phases, r.Reason = record.NotRun, nil, "the cluster was not ready"
	return r
}

func extended(r record.Result) record.Result {
	r.Tier = scenario.Extended
	return r
}

func run(id string) record.Run {
	return record.Run{ID: id, Started: time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC), Seconds: 60, Labs: lab.Names(), Modes: topology.Modes()}
}

func environment() record.Environment {
	return record.Environment{
		Kernel: "6.18.5", OS: "Debian GNU/Linux 12 (bookworm)", Go: "go1.26.8", Engine: "docker 20.10.24", Kind: "v0.33.0",
		Kubernetes: "v1.37.2", NodeImage: record.NodeImage{Ref: "vpcgate/node:v1.37.2", Digest: "sha256:0a1b2c"},
		Services: []record.Service{{Lab: lab.Netns, Program: managed.Program{Use: topology.UseRedis, Name: "miniredis", Version: "v2.40.0"}}},
		Git:      record.Git{Commit: "9225c50aaaa", State: "clean"}, CPUs: 2, MemoryBytes: 24 << 30,
	}
}

func report(id string, results ...record.Result) record.Report {
	return record.Conclude(run(id), environment(), results)
}

// ids are scenarios of two families.
func ids() []string {
	return []string{
		"SG-001", "SG-002", "SG-003", "SG-004", "SG-005", "SG-006",
		"PEER-001", "PEER-002", "PEER-003", "PEER-004", "PEER-005", "PEER-006",
	}
}

// whole is a run of both families in both modes on netns.
func whole(id string) record.Report {
	var all []record.Result
	for _, s := range ids() {
		for _, m := range topology.Modes() {
			all = append(all, passed(s, m, lab.Netns))
		}
	}
	return report(id, all...)
}

// later makes effects later, of the results and phases that it is told; change
// gets the seconds until now.
func later(r record.Report, of func(record.Result, record.PhaseRecord) bool, change func(float64) float64) record.Report {
	for i := range r.Results {
		for j := range r.Results[i].Phases {
			if p := &r.Results[i].Phases[j]; of(r.Results[i], *p) {
				p.EffectSeconds = change(p.EffectSeconds)
			}
		}
	}
	return r
}
