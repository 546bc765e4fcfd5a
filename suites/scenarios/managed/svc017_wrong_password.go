package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC017: the passwords of three services were changed, and the clients' were not.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌listed▐─┬─ cache    192.168.20.63:6379 "WRONGPASS"
//	                                                                 ├─ database 192.168.20.64:3306 "access denied"
//	                                             spare .71, stopped ─┴─ rabbit   192.168.20.69:5672 "ACCESS_REFUSED"
//
// Tunnel mode is connected, heard, and turned away: no part of the network is at fault.
// Routed mode is turned away in the same words: it does not matter who asks.
// Claim: managed/wrong-password-is-no-network-fault.
var SVC017 = scenario.Scenario{
	ID:      "SVC-017",
	Title:   "service answers a wrong password",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/wrong-password-is-no-network-fault",
	World:   worlds.AccountsVPC,
	Given:   scenario.Both[change.Change](change.StopListening{Endpoint: "spare", Listener: cachePort}),
	Flow:    topology.OverRedis("pod-a", "cache"),
	Break:   scenario.Both(passwords("rotated")),
	Symptom: scenario.Both(verdict.AppDenied("cache", verdict.WrongPassword)),
	Remedy:  scenario.Both(passwords("")),
	Cured:   asPodA,
	Also: []scenario.Case{{
		Flow:    topology.OverMySQL("pod-a", "database"),
		Symptom: scenario.Both(verdict.AppDenied("database", verdict.WrongPassword)),
		Cured:   asPodA,
	}, {
		Flow:    topology.OverAMQP("pod-a", "rabbit"),
		Symptom: scenario.Both(verdict.AppDenied("rabbit", verdict.WrongPassword)),
		Cured:   asPodA,
	}},
	Decoys: scenario.Both([]change.Change{
		// What would help if it were the network.
		change.DisableWhitelist{Host: "cache"},
		change.AdmitRule{Group: "sg-services", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// Another password that the clients do not have.
		passwords("rotated-again"),
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "cache"),
		Verdict: asPodA,
		Why:     "the service's host is reached in every phase: only the service turns anybody away",
	}, {
		Flow:    topology.OverRedis("pod-a", "spare"),
		Verdict: scenario.Both(verdict.Refused()),
		Why:     "a server that does not run refuses, and asks for no password",
	}, {
		Flow:    worlds.OnPort(topology.OverRedis("pod-a", "cache"), worlds.IdlePort),
		Verdict: scenario.Both(verdict.Refused()),
		Why:     "a wrong port of the same host refuses in the same way",
	}},
}

// cachePort is where a cache serves.
var cachePort = topology.Listener{Protocol: topology.TCP, Port: topology.RedisPort}

// passwords sets what the three services accept.
func passwords(to string) change.Change {
	return change.All(
		change.SetPassword{Host: "cache", Password: to},
		change.SetPassword{Host: "database", Password: to},
		change.SetPassword{Host: "rabbit", Password: to},
	)
}
