// Package probe is how a flow is asked: one agent puts typed questions to the network and gives typed answers.
//
// A [Question] names a protocol, a target and a port; an [Answer] says what came of it as an [Outcome], together with
// the identity that the server stated, the source address that the server saw, the round-trip times and a transcript
// in the style of ping. A [Server] is the other side: it listens, states its identity and remembers whom it saw.
//
// The same code runs in three places. In-process, [NewLocal] with [Within] creates every socket inside a network
// namespace; a socket stays in the namespace where it was created, so only its creation needs the namespace's thread.
// As the binary framework/cmd/vpcgate-agent it runs in pods, peers and nodes, and a [Client] speaks to it in
// newline-delimited JSON over a unix socket or over the standard streams of an exec.
//
// The package is not a judge: it knows no world, no mode and no expectation, and it turns no outcome into a verdict.
// It imports no container engine, no Kubernetes and no netlink. Labs and the runner may import it.
//
//	agent := probe.NewLocal("pod-a", probe.Within(namespace.Do))
//	defer agent.Close()
//	answers, err := agent.Ask(ctx, []probe.Question{{Protocol: probe.TCP, Target: webVM, Port: 80}})
//	// answers[0].Outcome == probe.Answered, answers[0].Server == "web-vm", answers[0].Saw.Addr() == podA
package probe
