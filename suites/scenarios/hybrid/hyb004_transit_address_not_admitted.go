package hybrid

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// HYB004: the target of a private NAT admits the clients' addresses instead of
// the transit address.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo 192.168.0.0/16 ── private-nat 192.168.10.101
//	                                                               ┊ as 10.6.0.10
//	                                 vpc-twin 192.168.0.0/16 ──▌sg-twin▐── twin-server 192.168.10.77
//
// Tunnel mode shows the private NAT the node, and twin-server neither of the two.
// Routed mode shows the private NAT the pod, and twin-server the transit address just so.
// Claim: hybrid/admit-transit-address.
var HYB004 = scenario.Scenario{
	ID:      "HYB-004",
	Title:   "security group behind a private NAT omits the transit address",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "hybrid/admit-transit-address",
	World:   worlds.TranslatedVPCs,
	Flow:    topology.OverTCP("pod-a", "private-nat", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-twin", Rule: "from-transit"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-twin", verdict.DefaultDeny("twin-server", topology.Ingress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-twin", Rule: worlds.AllowHost("from-transit", worlds.TransitClient),
	}),
	Cured: scenario.Both(verdict.ReachedAs("private-nat")),
	Decoys: scenario.Both([]change.Change{
		// Whoever asks, as the private NAT sees them.
		change.AdmitRule{Group: "sg-twin", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-twin", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
		// The private NAT by the address that its clients know.
		change.AdmitRule{Group: "sg-twin", Rule: worlds.AllowHost("from-private-nat", worlds.PrivateNATNIC)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "partner", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("endpoint")),
		Why:     "the endpoint shows another address, which the group goes on admitting",
	}, insideReached},
}
