package kindlab

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// agentInImage is where the agent image has the agent.
const agentInImage = "/vpcgate-agent"

// way is a container that one can enter.
type way struct {
	name, container string
	pid             int
}

// ways is everything that leads into a lab.
type ways struct {
	kubeconfig string
	world      topology.World
	nodes      []way
	hosts      []way
	engines    []way // by their host
	services   []way // by their host
	routers    []way
}

// Enter implements lab.Keeper.
func (l *Lab) Enter() []string {
	w := ways{kubeconfig: l.state.kubeconfig(), world: l.world}
	for _, n := range l.nodes {
		w.nodes = append(w.nodes, way{n.name, n.container, n.pid})
	}
	for _, h := range l.world.Hosts {
		if b := l.bodies.get(bodyKey(rolePeer, h.Name)); b != nil {
			w.hosts = append(w.hosts, way{h.Name, b.Name, b.PID})
		}
		if b := l.bodies.get(bodyKey(roleEngine, h.Name)); b != nil {
			w.engines = append(w.engines, way{h.Name, b.Name, b.PID})
		}
		if b := l.bodies.get(bodyKey(roleService, h.Name)); b != nil {
			w.services = append(w.services, way{h.Name, b.Name, b.PID})
		}
	}
	for _, v := range l.world.VPCs {
		if b := l.bodies.get(bodyKey(roleGateway, v.Name)); b != nil {
			w.routers = append(w.routers, way{v.Name, b.Name, b.PID})
		}
	}
	return w.lines()
}

// lines returns the commands, each with a comment that says where it leads.
func (w ways) lines() []string {
	config := cmd.Quote(w.kubeconfig)
	lines := []string{fmt.Sprintf("kubectl --kubeconfig %s get pods -A -o wide  # the cluster", config)}
	for _, c := range w.world.Clusters {
		for _, p := range c.Pods {
			where := p.Address.String()
			if p.HostNetwork {
				where = "on the network of " + p.Node
			}
			lines = append(lines, fmt.Sprintf("kubectl --kubeconfig %s -n %s exec %s -- %s health  # pod %s, %s",
				config, namespace, p.Name, agentInImage, p.Name, where))
		}
	}
	for _, n := range w.nodes {
		lines = append(lines, fmt.Sprintf("docker exec -it %s bash  # node %s", n.container, n.name))
	}
	for _, h := range w.hosts {
		lines = append(lines, fmt.Sprintf("docker exec -it %s bash  # host %s", h.container, h.name))
	}
	for _, e := range w.engines {
		lines = append(lines, fmt.Sprintf("docker exec -it %s docker network ls  # container engine of host %s", e.container, e.name))
	}
	for _, s := range w.services {
		lines = append(lines, fmt.Sprintf("docker exec -it %s bash  # server of the managed service on host %s", s.container, s.name))
	}
	for _, r := range w.routers {
		lines = append(lines, fmt.Sprintf("docker exec -it %s bash  # router of %s: ip route show table all; nft list ruleset", r.container, r.name))
	}
	for _, one := range slices.Concat(w.nodes, w.hosts, w.routers) {
		lines = append(lines, fmt.Sprintf("nsenter -t %d -n  # network of %s, with this machine's own tools", one.pid, one.name))
	}
	return lines
}
