package kindlab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// wake has those programs of a kept lab's nodes go on that its former run had stopped and could not heal any more, and gives its DNS a
// server. Of a lab that is well it changes nothing.
func (l *Lab) wake(ctx context.Context) error {
	err := forEach(ctx, l.nodes, func(ctx context.Context, n *node) error {
		for _, program := range []string{apiServerProgram, proxyProgram} {
			if err := l.wakeProgram(ctx, n, program); err != nil {
				return err
			}
		}
		return (&kubeletStop{lab: l, node: n}).systemctl(ctx, "start")
	})
	if err != nil {
		return fmt.Errorf("wake nodes: %w", err)
	}
	return l.wakeDNS(ctx)
}

// wakeProgram has every process of a program that stands still go on.
func (l *Lab) wakeProgram(ctx context.Context, n *node, program string) error {
	found, err := n.programs(program)
	if err != nil {
		return err
	}
	maps.DeleteFunc(found, func(_ int, state string) bool { return state != standing })
	if len(found) == 0 {
		return nil
	}
	return l.kill(ctx, n, "CONT", slices.Sorted(maps.Keys(found)))
}

// kill sends a signal to processes of a node.
func (l *Lab) kill(ctx context.Context, n *node, name string, pids []int) error {
	if _, err := l.own(ctx, n.container); err != nil {
		return err
	}
	command := []string{"kill", "-" + name}
	for _, pid := range pids {
		command = append(command, strconv.Itoa(pid))
	}
	_, err := l.engine.exec(ctx, n.container, nil, command...)
	return err
}

// wakeDNS gives the cluster's DNS a server if it has none. An API server that goes on only now may take a while to answer.
func (l *Lab) wakeDNS(ctx context.Context) error {
	dns := dnsObject()
	err := poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		if err := l.kube.api.Get(ctx, cr.ObjectKeyFromObject(dns), dns); err != nil {
			return false, err.Error(), nil
		}
		return true, "", nil
	})
	if err != nil {
		return fmt.Errorf("look at the cluster's DNS: %w", err)
	}
	if dns.Spec.Replicas != nil && *dns.Spec.Replicas > 0 {
		return nil
	}
	return (&dnsLoss{lab: l}).replicas(ctx, 1)
}
