package kindlab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Ports of the readiness checks. None is one that a world's nodes listen on:
// host-network pods use readyHostPort on their node.
const (
	readyPort     uint16 = 8080
	readyHostPort uint16 = 18080
	servicePort   uint16 = 80
)

// spread is how often a Service with an endpoint on each of two nodes is asked:
// that one of them never answers by chance has a probability of 2^-15.
const spread = 16

// readyNode is what the readiness checks use on one node.
type readyNode struct {
	topology.Node
	pod, hostPod string     // names
	podAddress   netip.Addr // given by the cluster
	// self is the address of the Service whose only endpoint is the pod.
	self netip.Addr
}

// owns reports whether an address is one of the node's own: its NIC's, or the
// one that it has in its block and shows to its pods.
func (n readyNode) owns(a netip.Addr) bool {
	return a == n.NIC.Address || a == n.Block.Masked().Addr() || a == n.Block.Masked().Addr().Next()
}

// readyCheck is one question of the readiness checks and what must be answered.
type readyCheck struct {
	// what says what is checked, as the error shows it.
	what string
	// from is the pod that asks.
	from   string
	target netip.AddrPort
	times  int
	// servers must all have answered, and nobody else.
	servers []string
	// seen says whom a server must have seen.
	seen func(server string, source netip.Addr) bool
	// promise says in words whom.
	promise string
}

// readyPlan lists the checks of a cluster: from the pod of every node, the
// pods and host-network pods of every node, the Services, and the NodePort on
// every node. shared is the Service with an endpoint on each node.
func readyPlan(c topology.Cluster, nodes []readyNode, shared netip.Addr, nodePort uint16) []readyCheck {
	var all []readyCheck
	everyPod := make([]string, len(nodes))
	for i, n := range nodes {
		everyPod[i] = n.pod
	}
	for _, from := range nodes {
		own := exactly(from.podAddress)
		one := func(what string, to netip.Addr, port uint16, server string, seen func(string, netip.Addr) bool, promise string) {
			all = append(all, readyCheck{
				what: what, from: from.pod, target: netip.AddrPortFrom(to, port), times: 1,
				servers: []string{server}, seen: seen, promise: promise,
			})
		}
		one("its own Service", from.self, servicePort, from.pod, byNode(from), "its node")
		all = append(all, readyCheck{
			what: "the Service with an endpoint on each node", from: from.pod, times: spread,
			target: netip.AddrPortFrom(shared, servicePort), servers: everyPod,
			seen:    selfOr(from, own),
			promise: "the pod's own address, or its node's where it answers itself",
		})
		for _, to := range nodes {
			if to.Name != from.Name {
				one("the pod on "+to.Name, to.podAddress, readyPort, to.pod, own, "the pod's own address")
			}
			host, promise := own, "the pod's own address"
			if to.Name != from.Name && c.Masquerades(to.NIC.Address) {
				host, promise = exactly(from.NIC.Address), "its node's address"
			}
			one("the host-network pod on "+to.Name, to.NIC.Address, readyHostPort, to.hostPod, host, promise)
			all = append(all, readyCheck{
				what: "the NodePort on " + to.Name, from: from.pod, times: spread,
				target: netip.AddrPortFrom(to.NIC.Address, nodePort), servers: everyPod,
				// The node that forwards hides who asked, its own pods too: under the
				// Cluster policy kube-proxy masquerades whatever comes to a NodePort.
				seen: byNode(to), promise: "an address of " + to.Name,
			})
		}
	}
	return all
}

func exactly(want netip.Addr) func(string, netip.Addr) bool {
	return func(_ string, a netip.Addr) bool { return a == want }
}

func byNode(n readyNode) func(string, netip.Addr) bool {
	return func(_ string, a netip.Addr) bool { return n.owns(a) }
}

// selfOr is what a Service's servers see: a pod that comes back to itself is
// hidden behind its node, everybody else is seen.
func selfOr(from readyNode, others func(string, netip.Addr) bool) func(string, netip.Addr) bool {
	return func(server string, a netip.Addr) bool {
		if server == from.pod {
			return from.owns(a)
		}
		return others(server, a)
	}
}

// questions returns the check's questions, one connection each.
func (c readyCheck) questions(q probe.Question) []probe.Question {
	q.Protocol, q.Target, q.Port = probe.TCP, c.target.Addr(), c.target.Port()
	return slices.Repeat([]probe.Question{q}, c.times)
}

// judge returns why the answers are not what the check wants, or nil.
func (c readyCheck) judge(answers []probe.Answer) error {
	answered := map[string]bool{}
	for _, a := range answers {
		switch {
		case a.Outcome != probe.Answered:
			return c.failure("%s %s", a.Outcome, a.Err)
		case !slices.Contains(c.servers, a.Server):
			return c.failure("%s answered, which should not", a.Server)
		case !c.seen(a.Server, a.Saw.Addr()):
			return c.failure("%s saw %s; this mode promises %s", a.Server, a.Saw.Addr(), c.promise)
		}
		answered[a.Server] = true
	}
	var silent []string
	for _, s := range c.servers {
		if !answered[s] {
			silent = append(silent, s)
		}
	}
	if len(silent) > 0 {
		return c.failure("in %d connections %s never answered", len(answers), strings.Join(silent, " and "))
	}
	return nil
}

func (c readyCheck) failure(format string, args ...any) error {
	return fmt.Errorf("%s asks %s (%s): %s", c.from, c.what, c.target, strings.TrimSpace(fmt.Sprintf(format, args...)))
}
