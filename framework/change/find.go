package change

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

func group(w *topology.World, name string) (*topology.SecurityGroup, error) {
	for i := range w.SecurityGroups {
		if w.SecurityGroups[i].Name == name {
			return &w.SecurityGroups[i], nil
		}
	}
	return nil, fmt.Errorf("world has no security group %q", name)
}

func ruleIndex(g *topology.SecurityGroup, name string) int {
	return slices.IndexFunc(g.Rules, func(r topology.SecurityGroupRule) bool { return r.Name == name })
}

func ruleNames(g *topology.SecurityGroup) string {
	names := make([]string, len(g.Rules))
	for i, r := range g.Rules {
		names[i] = r.Name
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func table(w *topology.World, name string) (*topology.RouteTable, error) {
	for v := range w.VPCs {
		for t := range w.VPCs[v].RouteTables {
			if w.VPCs[v].RouteTables[t].Name == name {
				return &w.VPCs[v].RouteTables[t], nil
			}
		}
	}
	return nil, fmt.Errorf("world has no route table %q", name)
}

func routeIndex(t *topology.RouteTable, dst netip.Prefix) int {
	return slices.IndexFunc(t.Routes, func(r topology.Route) bool { return r.Destination == dst })
}

// withdraw deletes the routes of all tables that are picked.
func withdraw(w *topology.World, picked func(topology.Route) bool) {
	for v := range w.VPCs {
		for t := range w.VPCs[v].RouteTables {
			rt := &w.VPCs[v].RouteTables[t]
			rt.Routes = slices.DeleteFunc(rt.Routes, picked)
		}
	}
}

// eachNIC calls do for every NIC of the world with its owner's name.
func eachNIC(w *topology.World, do func(owner string, n *topology.NIC)) {
	for i := range w.Hosts {
		do(w.Hosts[i].Name, &w.Hosts[i].NIC)
	}
	for i := range w.Clusters {
		for j := range w.Clusters[i].Nodes {
			n := &w.Clusters[i].Nodes[j]
			do(n.Name, &n.NIC)
		}
	}
	for i := range w.Translators {
		do(w.Translators[i].Name, &w.Translators[i].NIC)
	}
	for i := range w.LoadBalancers {
		do(w.LoadBalancers[i].Name, &w.LoadBalancers[i].NIC)
	}
}

func nic(w *topology.World, owner string) (*topology.NIC, error) {
	var found *topology.NIC
	eachNIC(w, func(name string, n *topology.NIC) {
		if name == owner && found == nil {
			found = n
		}
	})
	if found == nil {
		return nil, fmt.Errorf("world has no host or node %q", owner)
	}
	return found, nil
}

func vpc(w *topology.World, name string) (*topology.VPC, error) {
	if v, known := w.VPC(name); known {
		return v, nil
	}
	return nil, fmt.Errorf("world has no VPC %q", name)
}

func subnet(w *topology.World, name string) (*topology.VPC, *topology.Subnet, error) {
	for i := range w.VPCs {
		for j := range w.VPCs[i].Subnets {
			if s := &w.VPCs[i].Subnets[j]; s.Name == name {
				return &w.VPCs[i], s, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("world has no subnet %q", name)
}

func host(w *topology.World, name string) (*topology.Host, error) {
	for i := range w.Hosts {
		if w.Hosts[i].Name == name {
			return &w.Hosts[i], nil
		}
	}
	return nil, fmt.Errorf("world has no host %q", name)
}

func cluster(w *topology.World, name string) (*topology.Cluster, error) {
	for i := range w.Clusters {
		if w.Clusters[i].Name == name {
			return &w.Clusters[i], nil
		}
	}
	return nil, fmt.Errorf("world has no cluster %q", name)
}

func node(w *topology.World, name string) (*topology.Cluster, *topology.Node, error) {
	for i := range w.Clusters {
		if n := w.Clusters[i].Node(name); n != nil {
			return &w.Clusters[i], n, nil
		}
	}
	return nil, nil, fmt.Errorf("world has no node %q", name)
}

func pod(w *topology.World, name string) (*topology.Cluster, *topology.Pod, error) {
	for i := range w.Clusters {
		for j := range w.Clusters[i].Pods {
			if p := &w.Clusters[i].Pods[j]; p.Name == name {
				return &w.Clusters[i], p, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("world has no pod %q", name)
}

func service(w *topology.World, name string) (*topology.Cluster, *topology.Service, error) {
	for i := range w.Clusters {
		for j := range w.Clusters[i].Services {
			if s := &w.Clusters[i].Services[j]; s.Name == name {
				return &w.Clusters[i], s, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("world has no Service %q", name)
}

// unnamed fails when a name record stands for what is about to be removed.
func unnamed(w *topology.World, target string) error {
	for _, r := range w.Names {
		if r.Target == target {
			return fmt.Errorf("the name %s stands for %s", r.Name, target)
		}
	}
	return nil
}

func listeners(w *topology.World, endpoint string) (*[]topology.Listener, error) {
	for i := range w.Hosts {
		if w.Hosts[i].Name == endpoint {
			return &w.Hosts[i].Listeners, nil
		}
	}
	for i := range w.Clusters {
		c := &w.Clusters[i]
		if n := c.Node(endpoint); n != nil {
			return &n.Listeners, nil
		}
		for j := range c.Pods {
			if c.Pods[j].Name == endpoint {
				return &c.Pods[j].Listeners, nil
			}
		}
	}
	return nil, fmt.Errorf("world has no host, node or pod %q", endpoint)
}

// serving finds the instance of a managed service that has the port for its own;
// nil when the endpoint is none.
func serving(w *topology.World, endpoint string, l topology.Listener) *topology.Managed {
	h, err := host(w, endpoint)
	if err != nil || h.Managed == nil || l != (topology.Listener{Protocol: topology.TCP, Port: h.Managed.Kind.Port()}) {
		return nil
	}
	return h.Managed
}
