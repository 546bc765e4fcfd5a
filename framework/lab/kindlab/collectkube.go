package kindlab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	cr "sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/vpcgate/vpcgate/framework/lab"
)

// How much of a log is kept.
const (
	logLines = 2000
	logBytes = 1 << 20
)

// Labels by which the pods of Kubernetes itself are found.
const (
	appLabel     = "k8s-app"
	proxyAppName = "kube-proxy"
	dnsAppName   = "kube-dns"
)

// collectCluster writes what the cluster says of the nodes and pods on the way.
func (l *Lab) collectCluster(ctx context.Context, p route, into lab.Files) error {
	if l.kube == nil {
		return errors.New("collect from the cluster: it was not reached yet")
	}
	parts := []func() error{
		func() error { return l.collectPods(ctx, p, into) },
		func() error { return l.collectEvents(ctx, into) },
		func() error { return l.collectServices(ctx, into) },
	}
	for _, n := range p.nodes {
		parts = append(parts, func() error { return l.collectNode(ctx, n, into) })
	}
	for _, h := range p.hosts {
		parts = append(parts, func() error { return l.collectHost(ctx, h, into) })
	}
	return all(parts...)
}

// collectHost writes what the containers of a host say: its agent, its container
// engine and the server of its managed service, as far as it has them.
func (l *Lab) collectHost(ctx context.Context, host string, into lab.Files) error {
	var parts []func() error
	for _, role := range []string{rolePeer, roleEngine, roleService} {
		b := l.bodies.get(bodyKey(role, host))
		if b == nil {
			continue
		}
		parts = append(parts, func() error {
			text, err := l.engine.runBoth(ctx, "logs", "--timestamps", "--tail", fmt.Sprint(logLines), b.Name)
			if err != nil {
				err = fmt.Errorf("log of container %s: %w", b.Name, err)
			}
			return errors.Join(err, into.Put("hosts/"+host+"/"+role+".log", []byte(text)))
		})
	}
	return all(parts...)
}

// nodeCommands are what a node is asked, by the file that the answer is written to.
var nodeCommands = map[string][]string{
	"kubelet.log":    {"journalctl", "--no-pager", "--unit", "kubelet", "--lines", fmt.Sprint(logLines)},
	"containerd.log": {"journalctl", "--no-pager", "--unit", "containerd", "--lines", fmt.Sprint(logLines)},
	"iptables.txt":   {"iptables-save", "--counters"},
}

func (l *Lab) collectNode(ctx context.Context, n *node, into lab.Files) error {
	var parts []func() error
	for file, command := range nodeCommands {
		parts = append(parts, func() error {
			text, err := l.engine.exec(ctx, n.container, nil, command...)
			if err != nil {
				err = fmt.Errorf("%s of node %s: %w", file, n.name, err)
			}
			return errors.Join(err, into.Put("nodes/"+n.name+"/"+file, []byte(text)))
		})
	}
	parts = append(parts, func() error {
		var k corev1.Node
		if err := l.kube.api.Get(ctx, cr.ObjectKey{Name: n.container}, &k); err != nil {
			return fmt.Errorf("describe node %s: %w", n.name, err)
		}
		return putObject(into, "nodes/"+n.name+"/node.yaml", &k)
	})
	return all(parts...)
}

// collectPods describes the pods on the way and writes their logs: the world's, those
// of kube-proxy of the nodes, and of the cluster's DNS where it is asked.
func (l *Lab) collectPods(ctx context.Context, p route, into lab.Files) error {
	pods, err := l.kube.pods(ctx, "")
	if err != nil {
		return err
	}
	clients, err := kubernetes.NewForConfig(l.kube.rest)
	if err != nil {
		return fmt.Errorf("reach the cluster for logs: %w", err)
	}
	var parts []func() error
	for _, pod := range pods {
		if !p.has(pod) {
			continue
		}
		name := "cluster/" + pod.Namespace + "-" + pod.Name
		parts = append(parts, func() error { return putObject(into, name+".yaml", &pod) })
		for _, c := range pod.Spec.Containers {
			parts = append(parts, func() error { return collectLog(ctx, clients, pod, c.Name, name+"."+c.Name+".log", into) })
		}
	}
	return all(parts...)
}

// has reports whether a pod is on the way.
func (p route) has(pod corev1.Pod) bool {
	onNode := slices.ContainsFunc(p.nodes, func(n *node) bool { return n.container == pod.Spec.NodeName })
	switch {
	case pod.Namespace == namespace:
		return slices.Contains(p.pods, pod.Name)
	case pod.Labels[appLabel] == proxyAppName:
		return onNode
	case pod.Labels[appLabel] == dnsAppName:
		return p.dns
	default:
		return false
	}
}

func collectLog(ctx context.Context, clients kubernetes.Interface, pod corev1.Pod, container, file string, into lab.Files) error {
	lines, bytes := int64(logLines), int64(logBytes)
	from, err := clients.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{
		Container: container, TailLines: &lines, LimitBytes: &bytes, Timestamps: true,
	}).Stream(ctx)
	if err != nil {
		return fmt.Errorf("log of %s in pod %s/%s: %w", container, pod.Namespace, pod.Name, err)
	}
	text, err := io.ReadAll(io.LimitReader(from, logBytes))
	return errors.Join(err, from.Close(), into.Put(file, text))
}

// collectEvents writes all events, the newest last.
func (l *Lab) collectEvents(ctx context.Context, into lab.Files) error {
	var list corev1.EventList
	if err := l.kube.api.List(ctx, &list); err != nil {
		return fmt.Errorf("list events: %w", err)
	}
	lines := make([]string, len(list.Items))
	for i, e := range list.Items {
		at := e.LastTimestamp.Time
		if at.IsZero() {
			at = e.EventTime.Time
		}
		lines[i] = fmt.Sprintf("%s %s %s %s/%s: %s (×%d)\n", at.UTC().Format("2006-01-02T15:04:05Z"), e.Type, e.Reason,
			e.InvolvedObject.Kind, e.InvolvedObject.Name, strings.TrimSpace(e.Message), max(e.Count, 1))
	}
	slices.Sort(lines)
	return into.Put("cluster/events.txt", []byte(strings.Join(lines, "")))
}

// collectServices describes our Services.
func (l *Lab) collectServices(ctx context.Context, into lab.Files) error {
	var list corev1.ServiceList
	if err := l.kube.api.List(ctx, &list, cr.InNamespace(namespace)); err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	var parts []func() error
	for _, s := range list.Items {
		parts = append(parts, func() error { return putObject(into, "cluster/service-"+s.Name+".yaml", &s) })
	}
	return all(parts...)
}

// putObject writes an object as YAML, without who has written which of its fields.
func putObject(into lab.Files, file string, o cr.Object) error {
	o.SetManagedFields(nil)
	text, err := yaml.Marshal(o)
	if err != nil {
		return fmt.Errorf("describe %s: %w", o.GetName(), err)
	}
	return into.Put(file, text)
}
