package netnslab

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// containersOf lists the containers of the engines of all hosts.
func containersOf(w topology.World) []topology.EngineContainer {
	var all []topology.EngineContainer
	for _, h := range w.Hosts {
		if h.Engine != nil {
			all = append(all, h.Engine.Containers...)
		}
	}
	return all
}

// buildContainers makes the namespaces and agents of containers; the fabric
// attaches them to their bridges.
func (l *Lab) buildContainers(w topology.World) error {
	for _, c := range containersOf(w) {
		ns, err := l.space(c.Name)
		if err != nil {
			return err
		}
		l.site.Containers[c.Name] = ns
		l.agents[c.Name] = probe.NewLocal(c.Name, probe.Within(ns.Do))
	}
	return nil
}

func (l *Lab) listenInContainers(ctx context.Context, w topology.World) error {
	for _, c := range containersOf(w) {
		p, err := probe.ParseProtocol(string(c.Published.Protocol))
		if err != nil {
			return fmt.Errorf("listener of %s: %w", c.Name, err)
		}
		if err := l.agents[c.Name].Listen(ctx, []probe.Listener{{Protocol: p, Port: c.Port}}); err != nil {
			return err
		}
	}
	return nil
}
