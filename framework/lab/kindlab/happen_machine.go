package kindlab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// aMachine is a node or host that something happens to; node is nil for a host.
type aMachine struct {
	name, container string
	node            *node
}

// machineOf finds the container of a node or host.
func (l *Lab) machineOf(name string) (aMachine, error) {
	if n := l.nodeOf(l.kubeName(name)); n != nil {
		return aMachine{name: name, container: n.container, node: n}, nil
	}
	if b := l.bodies.get(bodyKey(rolePeer, name)); b != nil {
		return aMachine{name: name, container: b.Name}, nil
	}
	return aMachine{}, errors.New("the lab has no such machine")
}

// loss is a machine that is gone with all that ran on it: its container is killed and its link taken out of the VPC. Healed, it is
// started again as it was, wired anew, and its pods with it.
type loss struct {
	lab     *Lab
	machine aMachine
	lost    bool
}

func (f *loss) begin(ctx context.Context) error {
	l := f.lab
	c, err := l.own(ctx, f.machine.container)
	if err != nil {
		return err
	}
	if err := l.agents.forget(l.on(f.machine.name)...); err != nil {
		return err
	}
	f.lost = true
	if c.Running {
		if _, err := l.engine.run(ctx, "kill", c.Name); err != nil {
			return err
		}
	}
	if l.fabric.Plugged(f.machine.name) {
		if err := l.fabric.Unplug(f.machine.name); err != nil {
			return err
		}
	}
	proof, err := f.active(ctx)
	if err == nil && proof == "" {
		err = errors.New("its container still runs")
	}
	return err
}

func (f *loss) active(ctx context.Context) (string, error) {
	c, found, err := f.lab.engine.find(ctx, f.machine.container)
	if err != nil || !found || c.Running {
		return "", err
	}
	return fmt.Sprintf("container %s is %s with code %d", c.Name, c.Status, c.ExitCode), nil
}

func (f *loss) heal(ctx context.Context) (string, error) {
	l := f.lab
	if !f.lost {
		return "nothing was lost", nil
	}
	c, err := l.own(ctx, f.machine.container)
	if err != nil {
		return "", err
	}
	since := time.Now().Truncate(time.Second) // Kubernetes counts in seconds
	if !c.Running {
		if _, err := l.engine.run(ctx, "start", c.Name); err != nil {
			return "", err
		}
	}
	if f.machine.node == nil {
		return f.healHost(ctx)
	}
	return f.healNode(ctx, since)
}

func (f *loss) healHost(ctx context.Context) (string, error) {
	l, key := f.lab, bodyKey(rolePeer, f.machine.name)
	c, err := l.own(ctx, f.machine.container)
	if err != nil {
		return "", err
	}
	again, err := newBody(c, f.machine.name)
	if err != nil {
		return "", err
	}
	was := l.bodies.get(key)
	l.bodies.put(key, again)
	if err := errors.Join(was.ns.Close(), l.adopt(ctx, l.planned)); err != nil {
		return "", err
	}
	f.lost = false
	return fmt.Sprintf("container %s runs again, and its agent answers", c.Name), nil
}

func (f *loss) healNode(ctx context.Context, since time.Time) (string, error) {
	l, n := f.lab, f.machine.node
	if err := l.rewire(ctx, n); err != nil {
		return "", err
	}
	err := concurrently(ctx, l.startNodeAgents, l.awaitNodes,
		func(ctx context.Context) error { return l.renewDNS(ctx, n) },
		func(ctx context.Context) error { return l.awaitRestarted(ctx, n, since) })
	if err != nil {
		return "", err
	}
	if err := l.awaitSystem(ctx); err != nil {
		return "", err
	}
	l.afresh(n)
	if err := l.adopt(ctx, l.planned); err != nil {
		return "", err
	}
	f.lost = false
	return fmt.Sprintf("container %s runs again, node Ready, all of its pods restarted, their agents answer", n.container), nil
}

// renewDNS makes a server of the cluster's DNS anew that has been started with its node. It has asked for the API server before the node
// led its Service anywhere, and would ask again only after thirty seconds.
func (l *Lab) renewDNS(ctx context.Context, n *node) error {
	pods, err := l.dnsPods(ctx)
	if err != nil {
		return err
	}
	pods = slices.DeleteFunc(pods, func(p corev1.Pod) bool { return p.Spec.NodeName != n.container })
	if len(pods) == 0 {
		return nil
	}
	if err := l.untilPassed(ctx, func(ctx context.Context) error { return l.asksAddress(ctx, n) }); err != nil {
		return err
	}
	for _, p := range pods {
		if err := l.kube.remove(ctx, &p); err != nil {
			return err
		}
	}
	return nil
}

// on lists whose agents run on a machine: its own and those of its pods.
func (l *Lab) on(machine string) []string {
	names := []string{machine}
	for _, e := range l.world.Endpoints() {
		if e.Machine == machine && (e.Kind == topology.KindPod || e.Kind == topology.KindHostPod) {
			names = append(names, e.Name)
		}
	}
	return names
}

// rewire gives a node that was started again what it had before: it has a new network namespace with the management link alone.
func (l *Lab) rewire(ctx context.Context, n *node) error {
	was := n.ns
	if err := l.findNode(ctx, n); err != nil {
		return err
	}
	if was != nil {
		if err := was.Close(); err != nil {
			return err
		}
	}
	if err := l.awaitInit(ctx, n); err != nil {
		return err
	}
	if err := keepManagement(n.ns); err != nil {
		return err
	}
	l.wiring.Lock()
	defer l.wiring.Unlock()
	return l.fabric.Adopt(ctx, l.world, l.site(l.world))
}

// awaitRestarted waits until the kubelet of a node that was away has said of every pod there that it was started since then. Until it
// has, the API shows them as they were.
func (l *Lab) awaitRestarted(ctx context.Context, n *node, since time.Time) error {
	return poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		pods, err := l.kube.pods(ctx, "")
		if err != nil {
			return false, err.Error(), nil
		}
		for _, p := range pods {
			if p.Spec.NodeName != n.container || p.DeletionTimestamp != nil {
				continue
			}
			if why := notSince(&p, since); why != "" {
				return false, fmt.Sprintf("pod %s/%s: %s", p.Namespace, p.Name, why), nil
			}
		}
		return true, "", nil
	})
}

// notSince says why a pod cannot count as started since a time; it is empty when it can.
func notSince(p *corev1.Pod, since time.Time) string {
	if len(p.Status.ContainerStatuses) == 0 {
		return "nothing is known of its containers"
	}
	for _, c := range p.Status.ContainerStatuses {
		if c.State.Running == nil || c.State.Running.StartedAt.Time.Before(since) {
			return "container " + c.Name + " has not been started again"
		}
	}
	if ready, why := podReady(p); !ready {
		return why
	}
	return ""
}

// afresh has the next adoption look again at what a node that was started anew may have otherwise than before.
func (l *Lab) afresh(n *node) {
	l.proxied, l.readdress, l.dnsKnown = nil, true, false
	delete(l.cordoned, n.name)
	l.linking.Lock()
	defer l.linking.Unlock()
	for _, name := range l.on(n.name) {
		delete(l.podLinks, name)
	}
}

// pause is a machine whose programs stand still, those of its pods too. Its kernel does not.
type pause struct {
	lab     *Lab
	machine aMachine
}

func (f *pause) begin(ctx context.Context) error {
	c, err := f.lab.own(ctx, f.machine.container)
	if err != nil {
		return err
	}
	_, err = f.lab.engine.run(ctx, "pause", c.Name)
	return err
}

func (f *pause) active(ctx context.Context) (string, error) {
	c, found, err := f.lab.engine.find(ctx, f.machine.container)
	if err != nil || !found || !c.Paused {
		return "", err
	}
	return "container " + c.Name + " is paused", nil
}

func (f *pause) heal(ctx context.Context) (string, error) {
	l := f.lab
	c, err := l.own(ctx, f.machine.container)
	if err != nil {
		return "", err
	}
	if c.Paused {
		if _, err := l.engine.run(ctx, "unpause", c.Name); err != nil {
			return "", err
		}
	}
	names := l.on(f.machine.name)
	if err := l.agents.refresh(ctx, names...); err != nil {
		return "", err
	}
	if f.machine.node != nil {
		if err := l.awaitNodes(ctx); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("container %s goes on, %d agents answer", c.Name, len(names)), nil
}

// programs finds the processes of a node by their program's name, each by its number on the node and what its state is, as in T for
// one that is stopped.
func (n *node) programs(program string) (map[int]string, error) {
	stats, err := filepath.Glob(n.root("/proc/[0-9]*/stat"))
	if err != nil {
		return nil, err
	}
	found := map[int]string{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		if pid, state, ok := statOf(string(text), program); ok {
			found[pid] = state
		}
	}
	return found, nil
}

// statOf reads the number and the state of a process from its stat file, if it is of the program. The kernel cuts names to 15 bytes.
func statOf(text, program string) (pid int, state string, ok bool) {
	const nameLength = 15
	open, end := strings.Index(text, "("), strings.LastIndex(text, ")")
	if open < 0 || end < open || text[open+1:end] != program[:min(len(program), nameLength)] {
		return 0, "", false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text[:open]))
	rest := strings.Fields(text[end+1:])
	if err != nil || len(rest) == 0 {
		return 0, "", false
	}
	return pid, rest[0], true
}
