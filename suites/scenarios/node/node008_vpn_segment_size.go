package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE008: the gateway of a VPN does not tell connections how little its tunnel
// carries.
//
//	pod-a ── node-1 ── vpc-demo ═══ vpn-idc: 1438 bytes ═══ idc ── idc-server 10.8.0.25
//	                            ✗ 1450 or 1500, silently
//
// Tunnel mode opens the connection and stalls: 1450 bytes of a pod are too many.
// Routed mode stalls as well, with packets of 1500 bytes.
// Claim: vpn/clamp-segments.
var NODE008 = scenario.Scenario{
	ID:      "NODE-008",
	Title:   "VPN gateway leaves segments too large for its tunnel",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "vpn/clamp-segments",
	World:   worlds.NarrowVPN,
	Flow:    topology.Bulk("pod-a", "idc-server", worlds.WebPort, transfer),
	Break:   scenario.Both[change.Change](change.SetMSS{VPN: "vpn-idc"}),
	Symptom: scenario.Both(verdict.Stalled("vpc-demo", verdict.VPNTooBig("vpn-idc"))),
	Remedy:  scenario.Both[change.Change](change.SetMSS{VPN: "vpn-idc", Bytes: worlds.TunnelMSS}),
	Cured:   asPodA,
	Decoys: scenario.Both([]change.Change{
		// A little more than there is room for.
		change.SetMSS{VPN: "vpn-idc", Bytes: worlds.TunnelMSS + 2},
		// The groups at both ends, which let small packets through already.
		change.AdmitRule{Group: "sg-idc", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "idc-server", worlds.WebPort),
		Verdict: asPodA,
		Why:     "small packets pass the tunnel all the time, so a login or a ping shows nothing",
	}, {
		Flow:    topology.Bulk("pod-a", "ecs-25", worlds.WebPort, transfer),
		Verdict: asPodA,
		Why:     "large packets pass inside the VPC",
	}},
}
