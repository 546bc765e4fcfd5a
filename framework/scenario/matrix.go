package scenario

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Ask makes a flow of its two ends; topology.Ping is one.
type Ask func(from, to string) topology.Flow

// OverTCP asks over TCP.
func OverTCP(port uint16) Ask {
	return func(from, to string) topology.Flow { return topology.OverTCP(from, to, port) }
}

// OverUDP asks over UDP.
func OverUDP(port uint16) Ask {
	return func(from, to string) topology.Flow { return topology.OverUDP(from, to, port) }
}

// Flows lists the flows from every client to every server in every way of
// asking, clients first.
func Flows(from, to []string, asks ...Ask) []topology.Flow {
	var all []topology.Flow
	for _, client := range from {
		for _, server := range to {
			for _, ask := range asks {
				all = append(all, ask(client, server))
			}
		}
	}
	return all
}

// Cases makes a case of each flow, all with the same answers.
func Cases(flows []topology.Flow, symptom, cured PerMode[verdict.Verdict]) []Case {
	all := make([]Case, len(flows))
	for i, f := range flows {
		all[i] = Case{Flow: f, Symptom: symptom, Cured: cured}
	}
	return all
}

// Controls makes a control of each flow, all with the same answer and reason.
func Controls(flows []topology.Flow, answer PerMode[verdict.Verdict], why string) []Control {
	all := make([]Control, len(flows))
	for i, f := range flows {
		all[i] = Control{Flow: f, Verdict: answer, Why: why}
	}
	return all
}
