package verdict_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

func TestSatisfiedBy(t *testing.T) {
	reached := verdict.ReachedAs("pod-a")
	withAddress := reached
	withAddress.SeenAddress = netip.MustParseAddr("172.16.0.10")
	for _, c := range []struct {
		name      string
		want, got verdict.Verdict
		ok        bool
	}{
		{"the same", reached, reached, true},
		{"the address behind the name is information", reached, withAddress, true},
		{"seen as somebody else", reached, verdict.ReachedAs("node-1"), false},
		{"another rule", verdict.Dropped("vpc", "a"), verdict.Dropped("vpc", "b"), false},
		{"another hop", verdict.Dropped("vpc", "a"), verdict.Dropped("vpc2", "a"), false},
		{"a lost reply is no dropped request", verdict.Dropped("vpc", "a"), verdict.ReplyLost("ecs", "vpc", "a"), false},
		{"inconclusive satisfies nothing", reached, verdict.Inconclusive("why"), false},
		{"inconclusive is not even what it expects", verdict.Inconclusive("why"), verdict.Inconclusive("why"), false},
		{"the zero verdict satisfies nothing", verdict.Verdict{}, verdict.Verdict{}, false},
		{"nothing is satisfied by the zero verdict", reached, verdict.Verdict{}, false},
	} {
		if got := c.want.SatisfiedBy(c.got); got != c.ok {
			t.Errorf("%s: %s satisfied by %s: %v", c.name, c.want, c.got, got)
		}
	}
}

func TestString(t *testing.T) {
	for want, v := range map[string]verdict.Verdict{
		"reached, seen as node-1":                           verdict.ReachedAs("node-1"),
		"dropped at vpc-demo by rt/rtb/blackhole":           verdict.Dropped("vpc-demo", verdict.Blackhole("rtb")),
		"reply lost: arrived at ecs, lost at vpc by r":      verdict.ReplyLost("ecs", "vpc", "r"),
		"reply lost: arrived at ecs, lost at ecs":           verdict.ReplyLost("ecs", "ecs", ""),
		"refused: nothing listens there":                    verdict.Refused(),
		"unreachable from node-1: ENETUNREACH":              verdict.Unreachable("node-1", "ENETUNREACH"),
		"misdelivered to ecs-52":                            verdict.Misdelivered("ecs-52"),
		"inconclusive: silence, and no rule counted a drop": verdict.Inconclusive("silence, and no rule counted a drop"),
		"no verdict": {},
	} {
		if got := v.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
