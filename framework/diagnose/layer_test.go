package diagnose

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Everything that can drop a packet belongs to a layer by its name.
func TestLayerOf(t *testing.T) {
	for rule, want := range map[string]Layer{
		verdict.DefaultDeny("ecs", topology.Ingress):           SecurityGroup,
		verdict.GroupRule("ecs", topology.Egress, "sg", "no"):  SecurityGroup,
		verdict.Whitelist("redis"):                             Whitelist,
		verdict.EngineNetwork("ecs", "docker0"):                Engine,
		verdict.EngineNetwork("ma", "modelarts-containers"):    AddressPlan,
		verdict.EngineNetwork("ma", "modelarts-services"):      AddressPlan,
		verdict.DCSForbidden("redis"):                          AddressPlan,
		verdict.DCSOneVPC("redis"):                             Address,
		verdict.ReversePath("ecs"):                             Engine,
		verdict.Blackhole("rtb"):                               Route,
		verdict.NotTransitive("p"):                             Route,
		verdict.PeeringPending("p"):                            Route,
		verdict.PeeringOverlap("p"):                            Route,
		verdict.PeeringShadowed("p"):                           Route,
		verdict.NotForwarded("ecs"):                            Route,
		verdict.InvalidState("vpc"):                            Route,
		verdict.ACLDefaultDeny("acl", "net", topology.Ingress): NetworkACL,
		verdict.ACLRule("acl", "net", topology.Egress, "no"):   NetworkACL,
		verdict.SourceCheck("node-1"):                          Node,
		verdict.ForwardingOff("node-1"):                        Node,
		verdict.ConntrackFull("node-1"):                        Node,
		verdict.FragNeeded("node-1"):                           Node,
		verdict.MasqueradedReply("node-1"):                     Node,
		verdict.NetworkPolicy("node-1", "np"):                  Node,
		verdict.HostFirewall("ecs", "no"):                      Server,
		verdict.NoSNATRule("nat"):                              Gateway,
		verdict.VPNTooBig("vpn"):                               Gateway,
		verdict.NoHealthyBackend("lb"):                         Gateway,
		verdict.NoLocalEndpoint("node-1", "web"):               Service,
		verdict.NoSuchAddress("vpc"):                           AddressPlan,
		verdict.NoSuchContainer("node-1"):                      AddressPlan,
		"":                                                     "",
		"new/rule":                                             "",
	} {
		if got := layerOf(rule); got != want {
			t.Errorf("%s is of layer %q, want %q", rule, got, want)
		}
	}
}

func TestLayerOfAnswer(t *testing.T) {
	for _, row := range []struct {
		answer verdict.Verdict
		want   Layer
	}{
		{verdict.Refused(), Server},
		{verdict.Misdelivered("ecs"), AddressPlan},
		{verdict.Rejected("dns", verdict.NoSuchName), DNS},
		{verdict.Rejected("node-1", verdict.NoEndpoints), Service},
		{verdict.Unreachable("node-1", verdict.NoAddress), AddressPlan},
		{verdict.ReplyLost("ecs", "ecs", ""), Engine},
		{verdict.Rejected("vpc", "EHOSTUNREACH"), ""},
		{verdict.RejectedBy("vpc", verdict.Whitelist("redis"), verdict.ConnectionReset), ""}, // nothing counted
		{verdict.AppDenied("redis", verdict.WrongPassword), Authentication},
		{verdict.AppDenied("redis", verdict.NotListed), Whitelist},
		{verdict.AppDenied("redis", verdict.OtherProtocol), Address},
		{verdict.AppDenied("redis", verdict.DataLost), Server},
		{verdict.AppDenied("redis", "else"), ""},
	} {
		if got := layerOfAnswer(row.answer); got != row.want {
			t.Errorf("%s points to %q, want %q", row.answer, got, row.want)
		}
	}
}
