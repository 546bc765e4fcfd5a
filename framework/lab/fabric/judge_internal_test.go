package fabric

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var (
	podAddress  = netip.MustParseAddr("172.16.0.10")
	nodeAddress = netip.MustParseAddr("192.168.10.11")
	peerAddress = netip.MustParseAddr("192.168.10.25")
)

func podToPeer(p topology.Protocol) asked {
	node := &topology.Node{Name: "node-1", NIC: topology.NIC{Address: nodeAddress}, Block: netip.MustParsePrefix("172.16.0.0/25")}
	from := topology.Endpoint{Name: "pod-a", Kind: topology.KindPod, Address: podAddress, Machine: "node-1", Attached: node.NIC, Node: node}
	to := topology.Endpoint{Name: "ecs-25", Kind: topology.KindHost, Address: peerAddress, Machine: "ecs-25"}
	return asked{
		from: from, to: to, server: to, sees: from.SeenAs, legs: []leg{{}},
		protocol: p, leavesFrom: "vpc-demo", arrivesAt: "vpc-demo",
	}
}

func saw(w verdict.Way, p verdict.Point, client netip.Addr) verdict.Sighting {
	return verdict.Sighting{Hop: "vpc-demo", Way: w, Point: p, Client: client, Packets: 1}
}

func TestJudge(t *testing.T) {
	entered := saw(verdict.Request, verdict.Entered, podAddress)
	arrived := []verdict.Sighting{entered, saw(verdict.Request, verdict.Left, podAddress)}
	refused := append(arrived[:2:2], saw(verdict.Reply, verdict.Entered, podAddress), saw(verdict.Reply, verdict.Left, podAddress))
	answered := append(refused[:4:4], saw(verdict.Reply, verdict.Entered, podAddress), saw(verdict.Reply, verdict.Left, podAddress))
	masqueraded := []verdict.Sighting{
		saw(verdict.Request, verdict.Left, nodeAddress), saw(verdict.Reply, verdict.Entered, nodeAddress), saw(verdict.Reply, verdict.Left, nodeAddress), saw(verdict.Reply, verdict.Left, nodeAddress),
	}
	rule := []verdict.RuleCount{{Hop: "vpc-demo", Rule: "sg/ecs-25/ingress/default-deny", Way: verdict.Request, Packets: 1}}
	behind := []verdict.RuleCount{{Hop: "vpc-demo", Rule: "rt/rtb-demo/blackhole", Way: verdict.Reply, Packets: 1}}
	answer := func(server string, from netip.Addr) probe.Answer {
		return probe.Answer{Outcome: probe.Answered, Server: server, Saw: netip.AddrPortFrom(from, 40000), Sent: 1, Received: 1}
	}
	for _, c := range []struct {
		name     string
		protocol topology.Protocol
		answer   probe.Answer
		evidence verdict.Evidence
		want     verdict.Verdict
	}{
		{"the server says whom it saw", topology.TCP, answer("ecs-25", podAddress), verdict.Evidence{Sightings: answered}, verdict.ReachedAs("pod-a")},
		{"a masqueraded pod is its node", topology.TCP, answer("ecs-25", nodeAddress), verdict.Evidence{Sightings: masqueraded}, verdict.ReachedAs("node-1")},
		{"an answer without a reply is a lie", topology.TCP, answer("ecs-25", podAddress), verdict.Evidence{Sightings: arrived}, verdict.Inconclusive("")},
		{"an answer whose reply was dropped is a lie", topology.TCP, answer("ecs-25", podAddress), verdict.Evidence{Sightings: answered[:3], Rules: behind}, verdict.Inconclusive("")},
		{"an answer of one packet is a refusal", topology.TCP, answer("ecs-25", podAddress), verdict.Evidence{Sightings: refused}, verdict.Inconclusive("")},
		{"a source that was not handed over is a lie", topology.TCP, answer("ecs-25", nodeAddress), verdict.Evidence{Sightings: answered}, verdict.Inconclusive("")},
		{"another server is a misdelivery", topology.TCP, answer("ecs-52", podAddress), verdict.Evidence{Sightings: answered}, verdict.Misdelivered("ecs-52")},
		{"an unknown source is no success", topology.TCP, answer("ecs-25", peerAddress), verdict.Evidence{Sightings: answered}, verdict.Inconclusive("")},
		{"a ping is seen as what the router handed over", topology.ICMP, answer("", podAddress), verdict.Evidence{Sightings: answered}, verdict.ReachedAs("pod-a")},
		{"a ping that no hop saw is no success", topology.ICMP, answer("", podAddress), verdict.Evidence{}, verdict.Inconclusive("")},
		{"a refusal by the server's host", topology.TCP, probe.Answer{Outcome: probe.Refused}, verdict.Evidence{Sightings: answered}, verdict.Refused()},
		{"a refusal on the way is not the server's", topology.TCP, probe.Answer{Outcome: probe.Refused}, verdict.Evidence{Sightings: []verdict.Sighting{entered}}, verdict.Inconclusive("")},
		{"a refusal without a reply from the server", topology.TCP, probe.Answer{Outcome: probe.Refused}, verdict.Evidence{Sightings: arrived}, verdict.Inconclusive("")},
		{"silence with a rule that counted", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{Sightings: []verdict.Sighting{entered}, Rules: rule}, verdict.Dropped("vpc-demo", rule[0].Rule)},
		{"silence with a rule that counted replies", topology.TCP, probe.Answer{Outcome: probe.Canceled}, verdict.Evidence{Sightings: arrived, Rules: behind}, verdict.ReplyLost("ecs-25", "vpc-demo", behind[0].Rule)},
		{"silence after arrival, with a rule of the server's machine", topology.TCP, probe.Answer{Outcome: probe.Canceled}, verdict.Evidence{Sightings: arrived, Rules: []verdict.RuleCount{{Hop: "ecs-25", Rule: "host/ecs-25/firewall/no", Way: verdict.Request, Packets: 1}}}, verdict.Dropped("ecs-25", "host/ecs-25/firewall/no")},
		{"silence, and the request passed the rule that counted it", topology.TCP, probe.Answer{Outcome: probe.Canceled}, verdict.Evidence{Sightings: arrived, Rules: rule}, verdict.Inconclusive("")},
		{"silence after arrival, and the server sent nothing back", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{Sightings: arrived}, verdict.Inconclusive("")},
		{"silence although the reply was handed to the client", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{Sightings: answered}, verdict.Inconclusive("")},
		{"silence alone proves nothing", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{}, verdict.Inconclusive("")},
		{"silence that entered and was not counted", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{Sightings: []verdict.Sighting{entered}}, verdict.Inconclusive("")},
		{"two rules at once do not tell", topology.TCP, probe.Answer{Outcome: probe.Timeout}, verdict.Evidence{Rules: append(rule[:1:1], rule[0])}, verdict.Inconclusive("")},
		{"the client's own side had no way", topology.TCP, probe.Answer{Outcome: probe.NetUnreachable, Errno: "ENETUNREACH"}, verdict.Evidence{}, verdict.Unreachable("node-1", "ENETUNREACH")},
		{"an agent that could not ask", topology.TCP, probe.Answer{Outcome: probe.Broken}, verdict.Evidence{Rules: rule}, verdict.Inconclusive("")},
		{"an answer without an outcome", topology.TCP, probe.Answer{}, verdict.Evidence{Rules: rule}, verdict.Inconclusive("")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judge(podToPeer(c.protocol), c.answer, c.evidence)
			if got.Identity() != c.want.Identity() {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A connection that stands, with a server that greeted and sent nothing back of
// what it was sent, has stalled; one that never stood was dropped.
func TestJudge_of_a_bulk_flow(t *testing.T) {
	rule := []verdict.RuleCount{{Hop: "node-1", Rule: verdict.FragNeeded("node-1"), Way: verdict.Request, Packets: 3}}
	q := podToPeer(topology.TCP)
	q.flow.Bytes = 20000
	stalled := verdict.Stalled("node-1", rule[0].Rule)
	for _, c := range []struct {
		name   string
		answer probe.Answer
		rules  []verdict.RuleCount
		want   verdict.Verdict
	}{
		{"greeted, then cut off", probe.Answer{Outcome: probe.Canceled, Connected: 1, Server: "ecs-25"}, rule, stalled},
		{"greeted, then silent", probe.Answer{Outcome: probe.Timeout, Connected: 1, Server: "ecs-25"}, rule, stalled},
		{"never connected", probe.Answer{Outcome: probe.Timeout}, rule, verdict.Dropped("node-1", rule[0].Rule)},
		{"greeted, and no rule counted", probe.Answer{Outcome: probe.Timeout, Connected: 1, Server: "ecs-25"}, nil, verdict.Inconclusive("")},
	} {
		if got := judge(q, c.answer, verdict.Evidence{Rules: c.rules}); got.Identity() != c.want.Identity() {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	// A busy agent that is told to stop may not come to say that it was greeted: then the replies do.
	replies := []verdict.Sighting{{Hop: "vpc-demo", Way: verdict.Reply, Point: verdict.Left, Packets: 4}}
	for outcome, want := range map[probe.Outcome]verdict.Verdict{probe.Canceled: stalled, probe.Timeout: verdict.Dropped("node-1", rule[0].Rule)} {
		if got := judge(q, probe.Answer{Outcome: outcome}, verdict.Evidence{Rules: rule, Sightings: replies}); got.Identity() != want.Identity() {
			t.Errorf("%s with replies: got %s, want %s", outcome, got, want)
		}
	}
	if got := judge(q, probe.Answer{Outcome: probe.Canceled}, verdict.Evidence{Rules: rule}); got.Kind != verdict.KindDropped {
		t.Errorf("stopped, and nothing came back: got %s", got)
	}
}

// A reply that was dropped while the request was dropped too is of a question
// that is over; it does not make the drop doubtful, and it is kept as a stray.
func TestWithoutStrays(t *testing.T) {
	request := verdict.RuleCount{Hop: "vpc", Rule: "sg/ecs/ingress/default-deny", Way: verdict.Request, Packets: 1}
	reply := verdict.RuleCount{Hop: "vpc", Rule: "vpc/vpc/invalid-state", Way: verdict.Reply, Packets: 6}
	lost := verdict.RuleCount{Hop: "vpc", Rule: "rt/rtb/blackhole", Way: verdict.Reply, Packets: 1}
	arrived := verdict.Sighting{Hop: "vpc", Way: verdict.Request, Point: verdict.Left, Packets: 1}
	q := asked{arrivesAt: "vpc", legs: []leg{{}}}
	for _, c := range []struct {
		name          string
		e             verdict.Evidence
		rules, strays int
	}{
		{"the request alone", verdict.Evidence{Rules: []verdict.RuleCount{request}}, 1, 0},
		{"the request, and a reply to nobody", verdict.Evidence{Rules: []verdict.RuleCount{request, reply}}, 1, 1},
		{"the reply alone, to a request that nobody has seen", verdict.Evidence{Rules: []verdict.RuleCount{lost}}, 0, 1},
		{"the reply alone", verdict.Evidence{Rules: []verdict.RuleCount{lost}, Sightings: []verdict.Sighting{arrived}}, 1, 0},
		{"a request that came through as well", verdict.Evidence{Rules: []verdict.RuleCount{request, lost}, Sightings: []verdict.Sighting{arrived}}, 2, 0},
		{"a reply of no connection, where the flow's is known", verdict.Evidence{Rules: []verdict.RuleCount{reply}, Sightings: []verdict.Sighting{arrived}}, 0, 1},
	} {
		got := q.withoutStrays(c.e)
		if len(got.Rules) != c.rules || len(got.Strays) != c.strays {
			t.Errorf("%s: rules %v, strays %v", c.name, got.Rules, got.Strays)
		}
	}
}
