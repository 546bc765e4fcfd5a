package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const engineConflict = "cce_10_0399: check whether a container engine of the peer conflicts with the container CIDR block"

// engine puts a container engine on ecs-k, with docker0's address.
func engine(bip string, more ...func(*topology.Engine)) edit {
	return engineOn("ecs-k", bip, more...)
}

func engineOn(name, bip string, more ...func(*topology.Engine)) edit {
	return onHost(name, func(h *topology.Host) {
		h.Engine = &topology.Engine{BridgeIP: netip.MustParsePrefix(bip)}
		for _, f := range more {
			f(h.Engine)
		}
	})
}

func strict(h *topology.Host)          { h.StrictReversePath = true }
func ignoresLinkDown(h *topology.Host) { h.IgnoreLinkDown = true }

func network(name, cidr string) func(*topology.Engine) {
	return func(e *topology.Engine) {
		e.Networks = append(e.Networks, topology.EngineNetwork{Name: name, CIDR: prefix(cidr)})
	}
}

// static gives ecs-k routes of its own.
func static(cidrs ...string) edit {
	return onHost("ecs-k", func(h *topology.Host) { h.Routes = append(h.Routes, whole(cidrs...)...) })
}

// ofEngines are container engines whose networks have addresses that others have.
func ofEngines() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " engine: " + name, Source: engineConflict, World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	const routed, tunnel = topology.Routed, topology.Tunnel
	lost := func(network string) verdict.Verdict {
		return verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", network))
	}
	filtered := verdict.Dropped("ecs-k", verdict.ReversePath("ecs-k"))
	flow, ping, pod := web("pod-a", "ecs-k"), topology.Ping("pod-a", "ecs-k"), verdict.ReachedAs("pod-a")
	same := engine("172.16.0.1/16")
	nodes := engine("192.168.0.1/20")
	return []Case{
		row(routed, "its bridge swallows replies to pods", flow, lost("docker0"), same),
		row(routed, "of pings too", ping, lost("docker0"), same),
		row(routed, "of datagrams too", topology.OverUDP("pod-a", "ecs-k", NamePort), lost("docker0"), same),
		row(tunnel, "which the nodes' addresses hide", flow, verdict.ReachedAs("node-1"), same),
		row(routed, "what the host sends to pods stays on it", web("ecs-k", "pod-a"),
			verdict.Dropped("ecs-k", verdict.EngineNetwork("ecs-k", "docker0")), same),
		row(routed, "nodes are no pods", web("node-1", "ecs-k"), verdict.ReachedAs("node-1"), same),
		row(routed, "a destination that is not listed sees the node", flow, verdict.ReachedAs("node-1"), same, kept("10.0.0.0/8")),
		row(routed, "another block does not conflict", flow, pod, engine("10.200.0.1/24")),
		row(routed, "a narrow bridge takes its own part", web("pod-b", "ecs-k"), verdict.ReachedAs("pod-b"), engine("172.16.0.1/25")),
		row(routed, "and that only", flow, lost("docker0"), engine("172.16.0.1/25")),
		row(routed, "a network of the user's conflicts as well", flow, lost("compose"), engine("10.200.0.1/24", network("compose", "172.16.0.0/16"))),
		row(tunnel, "a bridge over the nodes' block hides them", flow, lost("docker0"), nodes),
		row(routed, "and not the pods", flow, pod, nodes),
		row(routed, "strictly filtered the request does not arrive", flow, filtered, same, onHost("ecs-k", strict)),
		row(routed, "nor does a ping", ping, filtered, same, onHost("ecs-k", strict)),
		row(routed, "without a conflict the strict filter passes", flow, pod, engine("10.200.0.1/24"), onHost("ecs-k", strict)),
		row(routed, "a bridge without containers may be ignored", flow, pod, same, onHost("ecs-k", ignoresLinkDown)),
		row(routed, "a static route that is as specific helps", flow, pod, same, static("172.16.0.0/16")),
		row(routed, "one that is more specific helps its pods", flow, pod, same, static("172.16.0.0/25")),
		row(routed, "and no others", web("pod-b", "ecs-k"), verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", "docker0")), same, static("172.16.0.0/25")),
		row(routed, "a wider one does not help", flow, lost("docker0"), same, static("172.0.0.0/8")),
	}
}

// publicPort is the host's port on which its container answers.
const publicPort uint16 = 8080

// published puts a container with a published port on ecs-k's engine.
func published(bip, address string) edit { return publishing("ecs-k", bip, address) }

func publishing(name, bip, address string) edit {
	return engineOn(name, bip, func(e *topology.Engine) {
		e.Containers = []topology.EngineContainer{{
			Name: "shop", Address: netip.MustParseAddr(address), Port: WebPort,
			Published: topology.Listener{Protocol: topology.TCP, Port: publicPort},
		}}
	})
}

// ofPublished are servers in containers of a peer's engine.
func ofPublished() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " published: " + name, Source: engineConflict, World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	flow := func(from string) topology.Flow { return topology.OverTCP(from, "ecs-k", publicPort) }
	lost := verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", "docker0"))
	beside := []edit{published("192.168.0.1/16", "192.168.1.50"), static("192.168.1.0/24")}
	same, apart := published("172.16.0.1/16", "172.16.9.5"), published("10.200.0.1/24", "10.200.0.5")
	return []Case{
		row(topology.Routed, "a container answers for the host", flow("pod-a"), verdict.ReachedAs("pod-a"), apart),
		row(topology.Tunnel, "and sees the node", flow("pod-a"), verdict.ReachedAs("node-1"), apart),
		row(topology.Routed, "it keeps its replies to pods on the bridge", flow("pod-a"), lost, same),
		row(topology.Tunnel, "not those to nodes", flow("pod-a"), verdict.ReachedAs("node-1"), same),
		row(topology.Routed, "nor those to hosts", flow("ecs-n"), verdict.ReachedAs("ecs-n"), same),
		row(topology.Routed, "a static route of the host does not help", flow("pod-a"), lost, same, static("172.16.0.0/25")),
		row(topology.Routed, "nor does ignoring idle bridges", flow("pod-a"), lost, same, onHost("ecs-k", ignoresLinkDown)),
		row(topology.Routed, "what does not stay on its bridge is not the host's to send", flow("node-2"),
			verdict.Dropped("vpc", verdict.SourceCheck("ecs-k")), beside...),
		row(topology.Routed, "or goes to another one, who answers past the host", flow("node-2"),
			verdict.ReplyLost("ecs-n", "node-2", ""), append(beside, nic("ecs-k", func(n *topology.NIC) { n.SourceCheckOff = true }))...),
	}
}
