package kindlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// kubeletStop is a node that nobody looks after. Its pods go on.
type kubeletStop struct {
	lab  *Lab
	node *node
}

func (f *kubeletStop) systemctl(ctx context.Context, command string) error {
	if _, err := f.lab.own(ctx, f.node.container); err != nil {
		return err
	}
	_, err := f.lab.engine.exec(ctx, f.node.container, nil, "systemctl", command, "kubelet")
	return err
}

func (f *kubeletStop) begin(ctx context.Context) error { return f.systemctl(ctx, "stop") }

func (f *kubeletStop) active(context.Context) (string, error) {
	running, err := f.node.programs("kubelet")
	if err != nil || len(running) > 0 {
		return "", err
	}
	return "no process of the kubelet on " + f.node.container, nil
}

func (f *kubeletStop) heal(ctx context.Context) (string, error) {
	since := time.Now()
	if err := f.systemctl(ctx, "start"); err != nil {
		return "", err
	}
	l := f.lab
	err := poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		var lease coordinationv1.Lease
		if err := l.kube.api.Get(ctx, cr.ObjectKey{Namespace: "kube-node-lease", Name: f.node.container}, &lease); err != nil {
			return false, err.Error(), nil
		}
		if lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(since) {
			return false, "node " + f.node.container + " has not renewed its lease", nil
		}
		return true, "", nil
	})
	if err != nil {
		return "", err
	}
	if err := l.awaitNodes(ctx); err != nil {
		return "", err
	}
	return "the kubelet of " + f.node.container + " has renewed its lease, node Ready", nil
}

// Programs of nodes that can stand still, and the state of a process that does.
const (
	apiServerProgram = "kube-apiserver"
	proxyProgram     = "kube-proxy"
	standing         = "T"
)

// standstill is a program of a node that does nothing any more, though nobody has noticed: it is sent SIGSTOP. Ended it would be
// started again at once.
type standstill struct {
	lab     *Lab
	node    *node
	program string
	// ill waits until it shows that the program does nothing, and says how; nil where nothing but its state shows it. well waits
	// until it shows that it works again.
	ill, well func(ctx context.Context, n *node) (string, error)
}

// signal sends a signal to every process of the program on the node.
func (f *standstill) signal(ctx context.Context, name string) error {
	found, err := f.node.programs(f.program)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("node %s: no process of %s", f.node.name, f.program)
	}
	return f.lab.kill(ctx, f.node, name, slices.Sorted(maps.Keys(found)))
}

func (f *standstill) begin(ctx context.Context) error {
	if err := f.signal(ctx, "STOP"); err != nil {
		return err
	}
	proof, err := f.active(ctx)
	if err == nil && proof == "" {
		err = fmt.Errorf("%s goes on", f.program)
	}
	return err
}

func (f *standstill) active(ctx context.Context) (string, error) {
	found, err := f.node.programs(f.program)
	if err != nil || len(found) == 0 {
		return "", err
	}
	for _, state := range found {
		if state != standing {
			return "", nil
		}
	}
	proof := fmt.Sprintf("%s on %s is stopped", f.program, f.node.container)
	if f.ill == nil {
		return proof, nil
	}
	how, err := f.ill(ctx, f.node)
	return proof + ", " + how, err
}

func (f *standstill) heal(ctx context.Context) (string, error) {
	if err := f.signal(ctx, "CONT"); err != nil {
		return "", err
	}
	return f.well(ctx, f.node)
}

// apiSilent shows that the API server answers nobody.
func (l *Lab) apiSilent(ctx context.Context, _ *node) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, l.options.Timing.ProbeTimeout)
	defer cancel()
	if _, err := l.kube.nodes(ctx); err == nil {
		return "", errors.New("the API server answers")
	}
	return fmt.Sprintf("its API has not answered for %s", l.options.Timing.ProbeTimeout), nil
}

// apiAnswers waits until the API server answers and nodes and the cluster's own pods are well: what steers them may have given up and
// been started again.
func (l *Lab) apiAnswers(ctx context.Context, _ *node) (string, error) {
	if err := errors.Join(l.awaitNodes(ctx), l.awaitSystem(ctx)); err != nil {
		return "", err
	}
	return "the API answers, nodes and the cluster's own pods are ready", nil
}

// proxyWorks waits until kube-proxy has done on a node what a Service made for that asks of it.
func (l *Lab) proxyWorks(ctx context.Context, n *node) (string, error) {
	wanted := expectedRules(l.world.Clusters[0])
	if err := l.awaitRules(ctx, n, wanted[n.name]); err != nil {
		return "", err
	}
	running, err := n.programs(proxyProgram)
	if err != nil {
		return "", err
	}
	for _, state := range running {
		if state != standing {
			return fmt.Sprintf("kube-proxy on %s runs, and the %d rules of the world's Services are there", n.container, len(wanted[n.name])), nil
		}
	}
	return "", fmt.Errorf("kube-proxy on %s does not run", n.name)
}

// dnsLoss is a cluster whose DNS has no server: its Deployment has no replicas.
type dnsLoss struct{ lab *Lab }

func (f *dnsLoss) replicas(ctx context.Context, n int) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"replicas": n}})
	if err != nil {
		return err
	}
	return f.lab.kube.api.Patch(ctx, dnsObject(), cr.RawPatch(types.StrategicMergePatchType, patch))
}

// servers lists the pods of the cluster's DNS, those that end among them.
func (f *dnsLoss) servers(ctx context.Context) ([]string, error) {
	pods, err := f.lab.kube.pods(ctx, "kube-system")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range pods {
		if p.Labels[appLabel] == dnsAppName {
			names = append(names, p.Name)
			if p.DeletionTimestamp != nil {
				// Nobody has to be waited for who ends.
				if err := f.lab.kube.remove(ctx, &p); err != nil {
					return nil, err
				}
			}
		}
	}
	return names, nil
}

func (f *dnsLoss) begin(ctx context.Context) error {
	l := f.lab
	if err := f.replicas(ctx, 0); err != nil {
		return err
	}
	l.dnsKnown = false
	err := poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		left, err := f.servers(ctx)
		if err != nil {
			return false, err.Error(), nil
		}
		return len(left) == 0, "there are still " + strings.Join(left, " and "), nil
	})
	if err != nil {
		return err
	}
	return forEach(ctx, l.nodes, l.awaitDNSRefused)
}

// active asks from every node: names must fail while the address of the API's Service, which no name is needed for, answers.
func (f *dnsLoss) active(ctx context.Context) (string, error) {
	left, err := f.servers(ctx)
	if err != nil || len(left) > 0 {
		return "", err
	}
	for _, n := range f.lab.nodes {
		if err := f.lab.asksName(ctx, n); err == nil {
			return "", nil
		}
		if err := f.lab.asksAddress(ctx, n); err != nil {
			return "", err
		}
	}
	return "no pod of the cluster's DNS; on every node a name has no answer, and an address has", nil
}

func (f *dnsLoss) heal(ctx context.Context) (string, error) {
	l := f.lab
	if err := f.replicas(ctx, 1); err != nil {
		return "", err
	}
	if err := l.awaitSystem(ctx); err != nil {
		return "", err
	}
	err := forEach(ctx, l.nodes, func(ctx context.Context, n *node) error {
		return l.untilPassed(ctx, func(ctx context.Context) error { return l.asksName(ctx, n) })
	})
	if err != nil {
		return "", err
	}
	return "the cluster's DNS has a pod, and answers on every node", nil
}

// asksName asks the cluster's DNS for the API server's name, from a node.
func (l *Lab) asksName(ctx context.Context, n *node) error {
	dns, err := l.NameServer(ctx)
	if err != nil {
		return err
	}
	api, err := l.serviceEndpoint(ctx, "default", "kubernetes")
	if err != nil {
		return err
	}
	return askDNS(ctx, probe.Within(n.ns.Do), dns, apiName, api.Addr(), l.options.Timing.ProbeTimeout)
}

// asksAddress asks the API server by its Service's address, from a node.
func (l *Lab) asksAddress(ctx context.Context, n *node) error {
	var api netip.AddrPort
	api, err := l.serviceEndpoint(ctx, "default", "kubernetes")
	if err != nil {
		return err
	}
	roots, err := l.kube.roots()
	if err != nil {
		return err
	}
	return askAPI(ctx, probe.Within(n.ns.Do), api, roots, l.options.Timing.ProbeTimeout)
}
