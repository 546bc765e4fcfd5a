package mutation

import (
	"strings"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// agents are mutants of what the agents at clients say.
func agents() []Mutant {
	of := func(id, says string, try []string, answer func(topology.World, topology.Flow, *probe.Answer)) Mutant {
		return Mutant{ID: id, Layer: Agent, Says: says, Try: try, answer: answer}
	}
	instead := func(of, is probe.Outcome) func(topology.World, topology.Flow, *probe.Answer) {
		return func(_ topology.World, _ topology.Flow, a *probe.Answer) {
			if a.Outcome == of || of == probe.Timeout && a.Outcome == probe.Canceled {
				a.Outcome = is
			}
		}
	}
	return []Mutant{
		of("probe-always-yes", "agents claim answers to everything", nil, func(w topology.World, f topology.Flow, a *probe.Answer) {
			sayYes(&w)(f, a)
		}),
		of("probe-always-no", "agents never get an answer", nil, func(_ topology.World, f topology.Flow, a *probe.Answer) { sayNo(f, a) }),
		of("probe-broken", "agents cannot ask", nil, func(_ topology.World, _ topology.Flow, a *probe.Answer) {
			*a = probe.Answer{Outcome: probe.Broken, Err: "out of order"}
		}),
		of("silence-as-refusal", "agents take silence for a refusal", nil, instead(probe.Timeout, probe.Refused)),
		of("refusal-as-silence", "agents take a refusal for silence", []string{"SG-009"}, instead(probe.Refused, probe.Timeout)),
		of("silence-as-unreachable", "agents take silence for their own lack of a way", nil, instead(probe.Timeout, probe.NetUnreachable)),
		of("another-server", "agents name another server than the one that answered", []string{"SG-004", "SG-009", "PEER-"}, func(_ topology.World, _ topology.Flow, a *probe.Answer) {
			if a.Server != "" {
				a.Server += "-2"
			}
		}),
		of("seen-as-oneself", "agents take their own address for the one that was seen", []string{"SG-009", "SG-", "PEER-"}, func(w topology.World, f topology.Flow, a *probe.Answer) {
			if from, ok := w.Endpoint(f.From); ok && a.Saw.IsValid() {
				a.Saw = addrPort(from.Address)
			}
		}),
		of("half-a-ping", "every ping loses half of its packets", nil, func(_ topology.World, f topology.Flow, a *probe.Answer) {
			if f.Protocol == topology.ICMP && a.Outcome == probe.Answered {
				a.Outcome, a.Received = probe.Partial, a.Sent/2
			}
		}),
		of("first-answer-for-ever", "agents repeat the first answer that they got", nil, firstForEver()),
	}
}

func firstForEver() func(topology.World, topology.Flow, *probe.Answer) {
	first := map[topology.Flow]probe.Answer{}
	return func(_ topology.World, f topology.Flow, a *probe.Answer) {
		if was, asked := first[f]; asked {
			*a = was
			return
		}
		first[f] = *a
	}
}

// counters are mutants of what is read of the data plane.
func counters() []Mutant {
	of := func(id, says string, try []string, counter func(hop, counter string, packets uint64) uint64) Mutant {
		return Mutant{ID: id, Layer: Counters, Says: says, Try: try, counter: counter}
	}
	fates := func(counter string) bool { return strings.HasPrefix(counter, "fate/") }
	unread := func(which func(string) bool) func(string, string, uint64) uint64 {
		return func(_, counter string, packets uint64) uint64 {
			if which(counter) {
				return 0
			}
			return packets
		}
	}
	return []Mutant{
		of("counter-off-by-one", "every rule has counted a packet more", nil, func(_, counter string, packets uint64) uint64 {
			if fates(counter) {
				packets++
			}
			return packets
		}),
		of("counter-misses-one", "every counter misses a packet", []string{"SG-009", "SG-"}, func(_, _ string, packets uint64) uint64 {
			return max(packets, 1) - 1
		}),
		of("counter-stops-at-one", "every counter counts one packet at most", []string{"SG-009", "SG-"}, func(_, _ string, packets uint64) uint64 {
			return min(packets, 1)
		}),
		of("rules-unread", "the counters of rules are not read", nil, unread(fates)),
		of("sightings-unread", "the counters of packets that pass are not read", nil, unread(func(c string) bool { return !fates(c) })),
		of("replies-unread", "the counters of replies are not read", nil, unread(func(c string) bool { return strings.Contains(c, "reply/") })),
		of("requests-unread", "the counters of requests are not read", nil, unread(func(c string) bool { return strings.Contains(c, "request/") })),
		of("second-hop-unread", "only the counters of VPCs' routers are read", []string{"NODE-", "ENG-"}, func(hop, _ string, packets uint64) uint64 {
			if !strings.HasPrefix(hop, "vpc") {
				return 0
			}
			return packets
		}),
	}
}

// judges are mutants of what a lab makes of what it saw.
func judges() []Mutant {
	of := func(id, says string, try []string, observe func(topology.World, *verdict.Observation)) Mutant {
		return Mutant{ID: id, Layer: Judge, Says: says, Try: try, observe: observe}
	}
	kind := func(was, is verdict.Kind) func(topology.World, *verdict.Observation) {
		return func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.Kind == was {
				o.Verdict.Kind = is
			}
		}
	}
	return []Mutant{
		of("lost-reply-as-drop", "a lost reply is taken for a dropped request", []string{"PEER-", "ENG-"}, func(_ topology.World, o *verdict.Observation) {
			if v := o.Verdict; v.Kind == verdict.KindReplyLost {
				o.Verdict = verdict.Dropped(v.Hop, v.Rule)
			}
		}),
		of("drop-as-lost-reply", "a dropped request is taken for a lost reply", nil, func(_ topology.World, o *verdict.Observation) {
			if v := o.Verdict; v.Kind == verdict.KindDropped {
				o.Verdict = verdict.ReplyLost(o.Flow.To, v.Hop, v.Rule)
			}
		}),
		of("stall-as-drop", "a stalled connection is taken for a dropped request", []string{"NODE-007", "NODE-008"}, kind(verdict.KindStalled, verdict.KindDropped)),
		of("refusal-as-drop", "a refusal is taken for a drop", []string{"SG-009"}, kind(verdict.KindRefused, verdict.KindDropped)),
		of("misdelivery-as-reached", "whoever answers is who was asked for", []string{"PEER-012", "PEER-013", "PEER-015", "HYB-"}, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.Kind == verdict.KindMisdelivered {
				o.Verdict = verdict.ReachedAs(o.Flow.From)
			}
		}),
		of("always-the-first-router", "whatever drops, the first VPC's router is named", []string{"PEER-"}, func(w topology.World, o *verdict.Observation) {
			if o.Verdict.Hop != "" {
				o.Verdict.Hop = w.VPCs[0].Name
			}
		}),
		of("direction-confused", "rules of the other direction are named", nil, func(_ topology.World, o *verdict.Observation) {
			o.Verdict.Rule = swapped(o.Verdict.Rule, "/ingress/", "/egress/")
		}),
		of("seen-as-the-client", "the server is said to have seen the client itself", nil, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.SeenAs != "" {
				o.Verdict.SeenAs = o.Flow.From
			}
		}),
		of("seen-as-the-machine", "the server is said to have seen the client's machine", nil, func(w topology.World, o *verdict.Observation) {
			if e, ok := w.Endpoint(o.Flow.From); ok && o.Verdict.SeenAs != "" {
				o.Verdict.SeenAs = e.Machine
			}
		}),
		of("source-address-guessed", "the address that the server saw is taken from the plan", nil, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.SeenAddress.IsValid() {
				o.Verdict.SeenAddress = o.From
			}
		}),
		of("evidence-lost", "verdicts come without the rules that counted", nil, func(_ topology.World, o *verdict.Observation) { o.Evidence.Rules = nil }),
		of("evidence-of-others", "verdicts come with rules that have not counted", nil, func(_ topology.World, o *verdict.Observation) {
			if o.Verdict.Hop != "" {
				o.Evidence.Rules = append(o.Evidence.Rules, verdict.RuleCount{Hop: o.Verdict.Hop, Rule: "sg/other", Packets: 1})
			}
		}),
		of("answers-uncounted", "verdicts come without the answers that were got", []string{"SG-022"}, func(_ topology.World, o *verdict.Observation) { o.Evidence.Received = 0 }),
	}
}

func swapped(text, a, b string) string {
	if strings.Contains(text, a) {
		return strings.Replace(text, a, b, 1)
	}
	return strings.Replace(text, b, a, 1)
}
