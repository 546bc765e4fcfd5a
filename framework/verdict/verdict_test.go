package verdict_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// seenBy adds what is information only.
func seenBy(v verdict.Verdict, address, why string) verdict.Verdict {
	v.SeenAddress, v.Why = netip.MustParseAddr(address), why
	return v
}

// kinds is one verdict of every kind, with all that identifies it.
func kinds() map[verdict.Kind]verdict.Verdict {
	return map[verdict.Kind]verdict.Verdict{
		verdict.KindReached:      verdict.ReachedAs("pod-a"),
		verdict.KindDropped:      verdict.Dropped("vpc", "r"),
		verdict.KindReplyLost:    verdict.ReplyLost("ecs", "vpc", "r"),
		verdict.KindRefused:      verdict.Refused(),
		verdict.KindRejected:     verdict.Rejected("vpc", "EHOSTUNREACH"),
		verdict.KindUnreachable:  verdict.Unreachable("node-1", "ENETUNREACH"),
		verdict.KindAppDenied:    verdict.AppDenied("redis", verdict.WrongPassword),
		verdict.KindStalled:      verdict.Stalled("node-1", "r"),
		verdict.KindMisdelivered: verdict.Misdelivered("ecs-52"),
		verdict.KindInconclusive: verdict.Inconclusive("%d of %d", 1, 4),
	}
}

// A verdict is satisfied by its own kind alone, and the two that say nothing by
// nothing at all.
func TestSatisfiedBy_every_pair_of_kinds(t *testing.T) {
	all := kinds()
	all[""] = verdict.Verdict{}
	for wanted, want := range all {
		for seen, got := range all {
			ok := wanted == seen && wanted != verdict.KindInconclusive && wanted != ""
			if want.SatisfiedBy(got) != ok {
				t.Errorf("%q satisfied by %q: %v", want, got, !ok)
			}
		}
	}
}

func TestSatisfiedBy_what_identifies(t *testing.T) {
	reached := verdict.ReachedAs("pod-a")
	lost := verdict.ReplyLost("ecs", "vpc", "r")
	for _, c := range []struct {
		name      string
		want, got verdict.Verdict
		ok        bool
	}{
		{"the address behind the name is information", reached, seenBy(reached, "172.16.0.10", ""), true},
		{"on the other side as well", seenBy(reached, "172.16.0.10", ""), reached, true},
		{"even another one", seenBy(reached, "172.16.0.10", ""), seenBy(reached, "172.16.0.11", ""), true},
		{"a reason is information", seenBy(reached, "172.16.0.10", "slow"), reached, true},
		{"seen as somebody else", reached, verdict.ReachedAs("node-1"), false},
		{"seen as nobody", reached, verdict.ReachedAs(""), false},
		{"another rule", verdict.Dropped("vpc", "a"), verdict.Dropped("vpc", "b"), false},
		{"another hop", verdict.Dropped("vpc", "a"), verdict.Dropped("vpc2", "a"), false},
		{"no rule", verdict.Dropped("vpc", "a"), verdict.Dropped("vpc", ""), false},
		{"a lost reply is no dropped request", verdict.Dropped("vpc", "r"), lost, false},
		{"arrived elsewhere", lost, verdict.ReplyLost("ecs-2", "vpc", "r"), false},
		{"lost elsewhere", lost, verdict.ReplyLost("ecs", "vpc-2", "r"), false},
		{"lost otherwise", lost, verdict.ReplyLost("ecs", "vpc", ""), false},
		{"another error", verdict.Unreachable("a", "EPERM"), verdict.Unreachable("a", "ENETUNREACH"), false},
		{"denied for another reason", verdict.AppDenied("a", verdict.WrongPassword), verdict.AppDenied("a", verdict.NotListed), false},
		{"denied by another", verdict.AppDenied("a", verdict.NotListed), verdict.AppDenied("b", verdict.NotListed), false},
		{"rejected by another rule", verdict.RejectedBy("vpc", "a", "reset"), verdict.RejectedBy("vpc", "b", "reset"), false},
		{"rejected by no rule", verdict.RejectedBy("vpc", "a", "reset"), verdict.Rejected("vpc", "reset"), false},
		{"misdelivered to another", verdict.Misdelivered("a"), verdict.Misdelivered("b"), false},
		{"stalled elsewhere", verdict.Stalled("a", "r"), verdict.Stalled("b", "r"), false},
		{"the same reason for saying nothing", verdict.Inconclusive("why"), verdict.Inconclusive("why"), false},
		{"fields without a kind", verdict.Verdict{SeenAs: "pod-a"}, verdict.Verdict{SeenAs: "pod-a"}, false},
	} {
		if got := c.want.SatisfiedBy(c.got); got != c.ok {
			t.Errorf("%s: %s satisfied by %s: %v", c.name, c.want, c.got, got)
		}
	}
}

func TestIdentity_drops_information_only(t *testing.T) {
	for _, v := range kinds() {
		want := v
		want.Why = ""
		if got := seenBy(v, "172.16.0.10", "because").Identity(); got != want {
			t.Errorf("%s: identity is %+v", v, got)
		}
	}
}

// The rule that bears witness is the verdict's own, except where a service counts on
// its host whom it turns away itself.
func TestCause(t *testing.T) {
	for _, c := range []struct {
		v         verdict.Verdict
		hop, rule string
	}{
		{verdict.Dropped("vpc", "r"), "vpc", "r"},
		{verdict.RejectedBy("vpc", "r", verdict.ConnectionReset), "vpc", "r"},
		{verdict.AppDenied("redis", verdict.NotListed), "redis", "whitelist/redis"},
		{verdict.AppDenied("redis", verdict.WrongPassword), "", ""},
		{verdict.ReachedAs("pod-a"), "", ""},
	} {
		if hop, rule := c.v.Cause(); hop != c.hop || rule != c.rule {
			t.Errorf("%s: caused by %q at %q", c.v, rule, hop)
		}
	}
}

func TestPositive_is_reached_alone(t *testing.T) {
	for kind, v := range kinds() {
		if v.Positive() != (kind == verdict.KindReached) {
			t.Errorf("%s: positive is %v", v, v.Positive())
		}
	}
	if (verdict.Verdict{}).Positive() {
		t.Error("the zero verdict is positive")
	}
}

func TestString(t *testing.T) {
	all := kinds()
	for _, c := range []struct {
		v    verdict.Verdict
		want string
	}{
		{all[verdict.KindReached], "reached, seen as pod-a"},
		{seenBy(verdict.ReachedAs("node-1"), "192.168.10.11", ""), "reached, seen as node-1 (192.168.10.11)"},
		{all[verdict.KindDropped], "dropped at vpc by r"},
		{all[verdict.KindReplyLost], "reply lost: arrived at ecs, lost at vpc by r"},
		{verdict.ReplyLost("ecs", "ecs", ""), "reply lost: arrived at ecs, lost at ecs"},
		{all[verdict.KindRefused], "refused: nothing listens there"},
		{all[verdict.KindRejected], "rejected at vpc with EHOSTUNREACH"},
		{all[verdict.KindUnreachable], "unreachable from node-1: ENETUNREACH"},
		{all[verdict.KindAppDenied], "denied by redis: wrong-password"},
		{verdict.Verdict{Kind: verdict.KindAppDenied, By: "redis"}, "denied by redis"},
		{verdict.RejectedBy("vpc", "r", verdict.ConnectionReset), "rejected at vpc by r with reset"},
		{all[verdict.KindStalled], "stalled: small payloads pass, larger ones end at node-1 by r"},
		{all[verdict.KindMisdelivered], "misdelivered to ecs-52"},
		{all[verdict.KindInconclusive], "inconclusive: 1 of 4"},
		{verdict.Verdict{}, "no verdict"},
		{verdict.Verdict{Kind: "new"}, "no verdict"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// The names of what drops are shared by oracle, fabric and scenarios; reports of
// former runs are compared by them.
func TestRules_names(t *testing.T) {
	for got, want := range map[string]string{
		verdict.DefaultDeny("ecs", topology.Ingress):          "sg/ecs/ingress/default-deny",
		verdict.GroupRule("ecs", topology.Egress, "sg", "no"): "sg/ecs/egress/sg/no",
		verdict.Blackhole("rtb"):                              "rt/rtb/blackhole",
		verdict.NoSuchAddress("vpc"):                          "vpc/vpc/no-such-address",
		verdict.SourceCheck("node-1"):                         "nic/node-1/source-check",
		verdict.NotTransitive("p"):                            "peering/p/not-transitive",
		verdict.PeeringPending("p"):                           "peering/p/pending",
		verdict.InvalidState("vpc"):                           "vpc/vpc/invalid-state",
		verdict.NoSuchContainer("node-1"):                     "node/node-1/no-such-container",
		verdict.NotForwarded("ecs"):                           "host/ecs/not-forwarded",
		verdict.ACLDefaultDeny("acl", "net", topology.Egress): "acl/acl/net/egress/default-deny",
		verdict.ACLRule("acl", "net", topology.Ingress, "no"): "acl/acl/net/ingress/no",
		verdict.Whitelist("redis"):                            "whitelist/redis",
		verdict.PeeringOverlap("p"):                           "peering/p/overlap",
		verdict.PeeringShadowed("p"):                          "peering/p/shadowed",
		verdict.NoSNATRule("nat"):                             "nat/nat/no-snat-rule",
		verdict.VPNTooBig("vpn"):                              "vpn/vpn/too-big",
		verdict.NoHealthyBackend("lb"):                        "lb/lb/no-healthy-backend",
		verdict.EngineNetwork("ecs", "docker0"):               "engine/ecs/docker0",
		verdict.ReversePath("ecs"):                            "host/ecs/reverse-path",
		verdict.HostFirewall("ecs", "no"):                     "host/ecs/firewall/no",
		verdict.ForwardingOff("node-1"):                       "node/node-1/ip-forward",
		verdict.ConntrackFull("node-1"):                       "node/node-1/conntrack-full",
		verdict.FragNeeded("node-1"):                          "node/node-1/frag-needed",
		verdict.MasqueradedReply("node-1"):                    "node/node-1/masqueraded-reply",
		verdict.NetworkPolicy("node-1", "np"):                 "policy/node-1/np",
		verdict.NoLocalEndpoint("node-1", "web"):              "service/web/node-1/no-local-endpoint",
		verdict.DCSForbidden("redis"):                         "dcs/redis/forbidden-source",
		verdict.DCSOneVPC("redis"):                            "dcs/redis/one-vpc",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
