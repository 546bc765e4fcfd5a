package fabric

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// podToCache is pod-a using a cache whose access control says no in a style.
func podToCache(style topology.RefusalStyle) asked {
	q := podToPeer(topology.TCP)
	q.flow = topology.OverRedis("pod-a", "ecs-25")
	q.instance, q.refusal = "cache", style
	if style == topology.ResetRefusal {
		q.resets = []string{verdict.Whitelist("ecs-25")}
	}
	return q
}

func TestJudge_of_a_use(t *testing.T) {
	entered := saw(verdict.Request, verdict.Entered, podAddress)
	arrived := []verdict.Sighting{entered, saw(verdict.Request, verdict.Left, podAddress)}
	answered := append(arrived[:2:2], saw(verdict.Reply, verdict.Entered, podAddress), saw(verdict.Reply, verdict.Left, podAddress), saw(verdict.Reply, verdict.Left, podAddress))
	list := func(hop string) []verdict.RuleCount {
		return []verdict.RuleCount{{Hop: hop, Rule: verdict.Whitelist("ecs-25"), Way: verdict.Request, Packets: 1}}
	}
	lost := verdict.RuleCount{Hop: "vpc-demo", Rule: "rt/rtb-demo/blackhole", Way: verdict.Reply, Packets: 1}
	denied := func(code, server string) probe.Answer {
		return probe.Answer{Outcome: probe.Denied, Code: code, Server: server, Connected: 1, Err: "ERR no"}
	}
	used := func(server string) probe.Answer {
		return probe.Answer{Outcome: probe.Answered, Server: server, Sent: 1, Connected: 1, Received: 1}
	}
	refused := probe.Answer{Outcome: probe.Refused, Errno: "ECONNREFUSED"}
	unsaid := verdict.Inconclusive("")
	resets, says := topology.ResetRefusal, topology.ApplicationRefusal
	for _, c := range []struct {
		name      string
		style     topology.RefusalStyle
		answer    probe.Answer
		sightings []verdict.Sighting
		rules     []verdict.RuleCount
		want      verdict.Verdict
	}{
		{"the instance states its identity", "", used("cache/1"), answered, nil, verdict.ReachedAs("pod-a")},
		{"another instance", "", used("database/1"), answered, nil, verdict.Misdelivered("database")},
		{"an answer that no hop saw", "", used("cache/1"), nil, nil, unsaid},
		{"a wrong password", "", denied(verdict.WrongPassword, ""), answered, nil, verdict.AppDenied("ecs-25", verdict.WrongPassword)},
		{"a wrong password of a request that never arrived", "", denied(verdict.WrongPassword, ""), answered[:1], nil, unsaid},
		{"a wrong password, and the list counted", says, denied(verdict.WrongPassword, ""), answered, list("ecs-25"), unsaid},
		{"lost data", "", denied(verdict.DataLost, "cache/1"), answered, nil, verdict.AppDenied("ecs-25", verdict.DataLost)},
		{"lost data of another instance", "", denied(verdict.DataLost, "database/1"), answered, nil, verdict.Misdelivered("database")},
		{"an error of its own", "", denied("", "cache/1"), answered, nil, unsaid},
		{"an agent in its place", "", denied(verdict.OtherProtocol, "web-pod"), answered, nil, verdict.Misdelivered("web-pod")},
		{"its own agent", "", denied(verdict.OtherProtocol, "ecs-25"), answered, nil, verdict.AppDenied("ecs-25", verdict.OtherProtocol)},
		{"another protocol", "", denied(verdict.OtherProtocol, ""), answered, nil, verdict.AppDenied("ecs-25", verdict.OtherProtocol)},
		{"a server that waits for another protocol", "", probe.Answer{Outcome: probe.Timeout, Connected: 1}, answered, nil, verdict.AppDenied("ecs-25", verdict.OtherProtocol)},
		{"a server that hangs up", "", probe.Answer{Outcome: probe.Reset, Connected: 1}, answered, nil, verdict.AppDenied("ecs-25", verdict.OtherProtocol)},
		{"a connection that did not stand", "", probe.Answer{Outcome: probe.Timeout}, answered, nil, unsaid},
		{"not listed, and the list counted", says, denied(verdict.NotListed, ""), answered, list("ecs-25"), verdict.AppDenied("ecs-25", verdict.NotListed)},
		{"not listed, and no list counted", says, denied(verdict.NotListed, ""), answered, nil, unsaid},
		{"not listed, and the router counted", says, denied(verdict.NotListed, ""), answered, list("vpc-demo"), unsaid},
		{"not listed, without a list that says so", "", denied(verdict.NotListed, ""), answered, list("ecs-25"), unsaid},
		{"the reply of a list that says no was lost", says, probe.Answer{Outcome: probe.Canceled}, arrived, append(list("ecs-25"), lost), verdict.ReplyLost("ecs-25", "vpc-demo", lost.Rule)},
		{"a reset by the list", resets, refused, answered[:1], list("vpc-demo"), verdict.RejectedBy("vpc-demo", verdict.Whitelist("ecs-25"), verdict.ConnectionReset)},
		{"a reset by a list that is silent", "", refused, answered[:1], list("vpc-demo"), unsaid},
		{"a reset of which no list knows", resets, refused, answered[:1], nil, unsaid},
		{"a reset, and something else counted too", resets, refused, answered[:1], append(list("vpc-demo"), lost), unsaid},
		{"a reset that nobody heard", resets, probe.Answer{Outcome: probe.Timeout}, answered[:1], list("vpc-demo"), verdict.Dropped("vpc-demo", verdict.Whitelist("ecs-25"))},
		{"the server's own refusal", resets, refused, answered, nil, verdict.Refused()},
		{"silence of a list", "", probe.Answer{Outcome: probe.Canceled}, answered[:1], list("vpc-demo"), verdict.Dropped("vpc-demo", verdict.Whitelist("ecs-25"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judge(podToCache(c.style), c.answer, verdict.Evidence{Sightings: c.sightings, Rules: c.rules})
			if got.Identity() != c.want.Identity() {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A Service that has a cache's address leads its clients to an agent, which is no
// cache, though it is the one that was to be seen answering.
func TestJudge_of_a_captured_use(t *testing.T) {
	q := podToCache("")
	q.service = &served{captured: true, servers: []string{"ecs-25"}}
	a := probe.Answer{Outcome: probe.Denied, Code: verdict.OtherProtocol, Server: "ecs-25", Connected: 1, Err: "ERR no"}
	if got, want := judge(q, a, verdict.Evidence{}), verdict.Misdelivered("ecs-25"); got.Identity() != want.Identity() {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a list that speaks has counted does not end the wait for what it says.
func TestLost_of_a_list_that_speaks(t *testing.T) {
	rules := []verdict.RuleCount{{Hop: "vpc-demo", Rule: verdict.Whitelist("ecs-25"), Way: verdict.Request, Packets: 1}}
	for style, want := range map[topology.RefusalStyle]bool{
		topology.SilentRefusal: true, topology.ResetRefusal: false, topology.ApplicationRefusal: false,
	} {
		if got := lost(podToCache(style), verdict.Evidence{Rules: rules}); got != want {
			t.Errorf("%q: got %t", style, got)
		}
	}
}

var secondBroker, thirdBroker = netip.MustParseAddr("192.168.10.66"), netip.MustParseAddr("192.168.10.67")

// podToBrokers is pod-a using an instance of three brokers, the first of which is
// ecs-25.
func podToBrokers() asked {
	q := podToCache("")
	q.flow, q.instance = topology.OverKafka("pod-a", "ecs-25"), "kafka"
	for name, address := range map[string]netip.Addr{"kafka-2": secondBroker, "kafka-3": thirdBroker} {
		b := podToPeer(topology.TCP)
		b.flow, b.instance = topology.OverKafka("pod-a", name), "kafka"
		b.to = topology.Endpoint{Name: name, Kind: topology.KindHost, Address: address, Machine: name}
		b.server = b.to
		q.brokers = append(q.brokers, b)
	}
	slices.SortFunc(q.brokers, func(a, b asked) int { return a.to.Address.Compare(b.to.Address) })
	return q
}

// onLeg are the sightings of another leg.
func onLeg(leg int, all []verdict.Sighting) []verdict.Sighting {
	all = slices.Clone(all)
	for i := range all {
		all[i].Leg = leg
	}
	return all
}

// A flow to several brokers is what it is to the one at which it ended.
func TestJudge_of_brokers(t *testing.T) {
	entered := saw(verdict.Request, verdict.Entered, podAddress)
	arrived := []verdict.Sighting{entered, saw(verdict.Request, verdict.Left, podAddress)}
	answered := append(arrived[:2:2], saw(verdict.Reply, verdict.Entered, podAddress), saw(verdict.Reply, verdict.Left, podAddress), saw(verdict.Reply, verdict.Left, podAddress))
	second := netip.AddrPortFrom(secondBroker, topology.KafkaPort)
	deny := verdict.RuleCount{Hop: "vpc-demo", Rule: verdict.DefaultDeny("kafka-2", topology.Ingress), Way: verdict.Request, Packets: 1}
	back := verdict.RuleCount{Hop: "vpc-demo", Rule: "rt/rtb-demo/blackhole", Way: verdict.Reply, Packets: 1}
	for _, c := range []struct {
		name   string
		answer probe.Answer
		second []verdict.Sighting
		rules  []verdict.RuleCount
		want   verdict.Verdict
	}{
		{"all were reached", probe.Answer{Outcome: probe.Answered, Server: "kafka/1", Received: 1}, answered, nil, verdict.ReachedAs("pod-a")},
		{"the second was not", probe.Answer{Outcome: probe.Canceled, At: second}, arrived[:1], []verdict.RuleCount{deny}, verdict.Dropped("vpc-demo", deny.Rule)},
		{"the second's reply was lost", probe.Answer{Outcome: probe.Canceled, At: second}, arrived, []verdict.RuleCount{back}, verdict.ReplyLost("kafka-2", "vpc-demo", back.Rule)},
		{"the second refused", probe.Answer{Outcome: probe.Refused, At: second}, answered, nil, verdict.Refused()},
		{"the second refused what never came to it", probe.Answer{Outcome: probe.Refused, At: second}, arrived[:1], nil, verdict.Inconclusive("")},
		{"it does not say where it ended", probe.Answer{Outcome: probe.Canceled}, arrived[:1], []verdict.RuleCount{deny}, verdict.Inconclusive("")},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := verdict.Evidence{Sightings: append(onLeg(0, answered), onLeg(1, c.second)...), Rules: c.rules}
			if got := judge(podToBrokers(), c.answer, e); got.Identity() != c.want.Identity() {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Every broker's leg arrives by its own door.
func TestAllLegs(t *testing.T) {
	q := podToBrokers()
	for i := range q.brokers {
		q.brokers[i].door = portName(q.brokers[i].to.Name)
	}
	legs := q.allLegs()
	if len(legs) != 3 || legs[1].door == "" || legs[1].door == legs[2].door || legs[1].arrivesAt != "vpc-demo" {
		t.Errorf("got %+v", legs)
	}
	if legs := podToCache("").allLegs(); len(legs) != 1 || legs[0].door != "" {
		t.Errorf("one leg became %+v", legs)
	}
}
