package fabric

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// A reply may get to another machine with the client's address, be it the server's own
// or that of who got the request in its stead.
func TestJudge_names_who_got_the_reply(t *testing.T) {
	client, server := netip.MustParseAddr("10.1.0.5"), netip.MustParseAddr("10.0.0.5")
	q := asked{
		flow: topology.OverTCP("ecs-a", "ecs-d", 80), protocol: topology.TCP,
		from:      topology.Endpoint{Name: "ecs-a", Machine: "ecs-a", Address: client},
		to:        topology.Endpoint{Name: "ecs-d", Machine: "ecs-d", Address: server},
		legs:      []leg{{clients: []netip.Addr{client}, server: server, protocol: topology.TCP, port: 80}},
		arrivesAt: "vpc-d", leavesFrom: "vpc-a",
		namesakes: []namesake{{"ecs-b", "ecs-b", "vpc-b", server, nil}},
		twins:     []namesake{{"ecs-c", "ecs-c", "vpc-c", client, nil}},
	}
	q.server = q.to
	seen := func(hop string, w verdict.Way, p verdict.Point) verdict.Sighting {
		return verdict.Sighting{Hop: hop, Way: w, Point: p, Client: client, Packets: 1}
	}
	asks := seen("vpc-a", verdict.Request, verdict.Entered)
	right := []verdict.Sighting{asks, seen("vpc-d", verdict.Request, verdict.Left), seen("vpc-d", verdict.Reply, verdict.Entered)}
	wrong := []verdict.Sighting{asks, seen("vpc-b", verdict.Request, verdict.Left), seen("vpc-b", verdict.Reply, verdict.Entered)}
	home, away := seen("vpc-a", verdict.Reply, verdict.Entered), seen("vpc-c", verdict.Reply, verdict.Left)
	reset := verdict.RuleCount{Hop: "vpc-c", Rule: verdict.Blackhole("rtb-c"), Way: verdict.Request, Packets: 1}
	for _, c := range []struct {
		name      string
		sightings []verdict.Sighting
		rules     []verdict.RuleCount
		want      verdict.Verdict
	}{
		{"the server's", append(right, away), nil, verdict.ReplyLost("ecs-d", "ecs-c", "")},
		{"of who answers instead", append(wrong, away), nil, verdict.ReplyLost("ecs-b", "ecs-c", "")},
		{"whose reset is no request", append(wrong, away), []verdict.RuleCount{reset}, verdict.ReplyLost("ecs-b", "ecs-c", "")},
		{"who sent none has it", wrong[:2], nil, verdict.ReplyLost("ecs-b", "ecs-b", "")},
		{"one that came back is not lost there", append(wrong, home, away), nil, verdict.Inconclusive("")},
		{"one that nobody got is not known", wrong, nil, verdict.Inconclusive("")},
		{"nor one without a request", []verdict.Sighting{asks, away}, nil, verdict.Inconclusive("")},
	} {
		e := q.withoutStrays(verdict.Evidence{Sightings: c.sightings, Rules: c.rules})
		if got := judge(q, probe.Answer{Outcome: probe.Timeout, Sent: 1}, e); got.Identity() != c.want.Identity() {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
