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

func nic(w *topology.World, machine string) (*topology.NIC, error) {
	for i := range w.Hosts {
		if w.Hosts[i].Name == machine {
			return &w.Hosts[i].NIC, nil
		}
	}
	for i := range w.Clusters {
		if n := w.Clusters[i].Node(machine); n != nil {
			return &n.NIC, nil
		}
	}
	return nil, fmt.Errorf("world has no host or node %q", machine)
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
