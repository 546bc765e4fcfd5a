package kindlab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// clusterZone is the part of CoreDNS's configuration that every world has: the
// cluster's own names. There is no server to forward other questions to.
const clusterZone = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health {
        lameduck 1s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
}
.:53 {
    errors
    template IN ANY {
        rcode NXDOMAIN
    }
}
`

// corefile is CoreDNS's configuration for a world: where the server knows the
// VPC's private names, each is a zone of its own.
func corefile(w topology.World) string {
	var b strings.Builder
	b.WriteString(clusterZone)
	if dns := w.Clusters[0].DNS; dns == nil || !dns.PrivateNames {
		return b.String()
	}
	names := slices.Clone(w.Names)
	slices.SortFunc(names, func(a, b topology.NameRecord) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range names {
		if e, ok := w.Endpoint(r.Name); ok && e.Address.IsValid() {
			fmt.Fprintf(&b, "%s:53 {\n    errors\n    hosts {\n        %s %s\n    }\n}\n", r.Name, e.Address, r.Name)
		}
	}
	return b.String()
}

// dnsPlan is where the cluster's DNS runs and what it serves. Either may be
// empty, which means as it is.
type dnsPlan struct {
	node     string // the Kubernetes name
	corefile string
}

// Annotation and label of the DNS's pods: the configuration that they were
// started with, and Kubernetes' own name of a node.
const (
	corefileAnnotation = "vpcgate.dev/corefile"
	nodeLabel          = "kubernetes.io/hostname"
)

// syncDNS puts the cluster's DNS on the world's node with the world's names. A
// world that does not speak of DNS leaves it as it is.
func (l *Lab) syncDNS(ctx context.Context, w topology.World) error {
	if dns := w.Clusters[0].DNS; dns != nil {
		return l.changeDNS(ctx, dnsPlan{node: l.kubeName(dns.Node), corefile: corefile(w)})
	}
	return nil
}

// makeRoom moves the DNS off a node whose addresses are all for the world's pods,
// and waits until it has given its own back, before those start and before the
// DNS could be made anew there for another reason.
func (l *Lab) makeRoom(ctx context.Context, c topology.Cluster) error {
	is := ""
	if n := l.nodeOf(l.dns.node); l.dnsKnown && n != nil {
		is = n.name
	}
	room := roomForDNS(c, is)
	if room == "" {
		return nil
	}
	former, err := l.dnsPods(ctx)
	if err != nil {
		return err
	}
	if err := l.changeDNS(ctx, dnsPlan{node: l.kubeName(room), corefile: l.dns.corefile}); err != nil {
		return err
	}
	former = slices.DeleteFunc(former, func(p corev1.Pod) bool { return p.Spec.NodeName == l.kubeName(room) })
	return l.awaitReleased(ctx, former)
}

// roomForDNS is the node that the DNS has to be bound to: none when it is bound
// already to one that has room, or no node needs its addresses. Where its pod is
// just now says nothing: an unbound one may be made anew anywhere.
func roomForDNS(c topology.Cluster, bound string) string {
	if !slices.ContainsFunc(c.Nodes, func(n topology.Node) bool { return crowded(c, n.Name) }) {
		return ""
	}
	if bound != "" && !crowded(c, bound) {
		return ""
	}
	if c.DNS != nil {
		return c.DNS.Node
	}
	return roomiest(c)
}

func (l *Lab) changeDNS(ctx context.Context, want dnsPlan) error {
	if l.dnsKnown && want == l.dns {
		return nil
	}
	l.dnsKnown = false
	if err := l.restartDNS(ctx, want); err != nil {
		return fmt.Errorf("change cluster's DNS: %w", err)
	}
	l.dns, l.dnsKnown = want, true
	return nil
}

// crowded reports whether a node needs every address of its first block for the
// world's pods.
func crowded(c topology.Cluster, node string) bool {
	n := c.Node(node)
	return n != nil && ownPods(c, node) >= usableOf(n.Block)
}

// roomiest is the node with the fewest pods.
func roomiest(c topology.Cluster) string {
	best := c.Nodes[0].Name
	for _, n := range c.Nodes[1:] {
		if ownPods(c, n.Name) < ownPods(c, best) {
			best = n.Name
		}
	}
	return best
}

func ownPods(c topology.Cluster, node string) int {
	count := 0
	for _, p := range c.Pods {
		if p.Node == node && !p.HostNetwork {
			count++
		}
	}
	return count
}

// restartDNS gives the DNS another configuration or node, in a new pod: it would
// read a configuration only after half a minute.
func (l *Lab) restartDNS(ctx context.Context, p dnsPlan) error {
	template := map[string]any{}
	if p.corefile != "" {
		patch, err := json.Marshal(map[string]any{"data": map[string]any{"Corefile": p.corefile}})
		if err != nil {
			return err
		}
		config := &corev1.ConfigMap{ObjectMeta: dnsObject().ObjectMeta}
		if err := l.kube.api.Patch(ctx, config, cr.RawPatch(types.MergePatchType, patch)); err != nil {
			return err
		}
		template["metadata"] = map[string]any{"annotations": map[string]any{corefileAnnotation: digest(p.corefile)}}
	}
	if p.node != "" {
		template["spec"] = map[string]any{"nodeSelector": map[string]any{nodeLabel: p.node}}
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
	if err != nil {
		return err
	}
	if err := l.kube.api.Patch(ctx, dnsObject(), cr.RawPatch(types.StrategicMergePatchType, patch)); err != nil {
		return err
	}
	return l.awaitDNS(ctx, p)
}

// awaitDNS waits until the one pod of the DNS is up as planned, ending its
// predecessors at once, and until every node leads its Service there.
func (l *Lab) awaitDNS(ctx context.Context, p dnsPlan) error {
	var address string
	err := poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		pods, err := l.dnsPods(ctx)
		if err != nil {
			return false, err.Error(), nil
		}
		address = ""
		for _, pod := range pods {
			if !p.fits(pod) {
				if err := l.kube.remove(ctx, &pod); err != nil {
					return false, "", err
				}
				return false, "pod " + pod.Name + " is still there", nil
			}
			if ready, why := podReady(&pod); !ready {
				return false, fmt.Sprintf("pod %s: %s", pod.Name, why), nil
			}
			address = pod.Status.PodIP
		}
		return address != "", "it has no pod", nil
	})
	if err != nil {
		return err
	}
	return forEach(ctx, l.nodes, func(ctx context.Context, n *node) error { return l.awaitDNSRules(ctx, n, address) })
}

// fits reports whether a pod of the DNS was started for the plan.
func (p dnsPlan) fits(pod corev1.Pod) bool {
	return (p.node == "" || pod.Spec.NodeSelector[nodeLabel] == p.node) &&
		(p.corefile == "" || pod.Annotations[corefileAnnotation] == digest(p.corefile))
}

// dnsEnd finds where a node leads the DNS's Service.
var dnsEnd = regexp.MustCompile(`--comment "kube-system/kube-dns:dns -> ([0-9.]+):53"`)

func (l *Lab) awaitDNSRules(ctx context.Context, n *node, address string) error {
	return poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		saved, err := l.look(ctx, n.container, n.pid, "iptables-save", "-t", "nat")
		if err != nil {
			return false, err.Error(), nil
		}
		ends := dnsEnd.FindAllStringSubmatch(saved, -1)
		return len(ends) == 1 && ends[0][1] == address, fmt.Sprintf("%s leads its Service to %v, want %s", n.name, ends, address), nil
	})
}

// dnsRefused finds that a node refuses what is for the DNS's Service.
var dnsRefused = regexp.MustCompile(`--comment "kube-system/kube-dns:dns has no endpoints".* -j REJECT`)

// awaitDNSRefused waits until a node leads the DNS's Service nowhere, and says so.
func (l *Lab) awaitDNSRefused(ctx context.Context, n *node) error {
	return poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		saved, err := l.look(ctx, n.container, n.pid, "iptables-save")
		if err != nil {
			return false, err.Error(), nil
		}
		return dnsRefused.MatchString(saved) && !dnsEnd.MatchString(saved), n.name + " does not refuse what is for the DNS's Service", nil
	})
}

func (l *Lab) dnsPods(ctx context.Context) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := l.kube.api.List(ctx, &list, cr.InNamespace("kube-system"), cr.MatchingLabels{appLabel: dnsAppName})
	if err != nil {
		return nil, fmt.Errorf("list pods of the cluster's DNS: %w", err)
	}
	return list.Items, nil
}

// dnsServer returns the DNS's pod as a pod of the world, and its Service.
func (l *Lab) dnsServer(ctx context.Context) (topology.Pod, topology.Service, error) {
	pods, err := l.dnsPods(ctx)
	if err != nil {
		return topology.Pod{}, topology.Service{}, err
	}
	if len(pods) != 1 {
		return topology.Pod{}, topology.Service{}, fmt.Errorf("the cluster's DNS has %d pods", len(pods))
	}
	address, err := netip.ParseAddr(pods[0].Status.PodIP)
	n := l.nodeOf(pods[0].Spec.NodeName)
	if err != nil || n == nil {
		return topology.Pod{}, topology.Service{}, fmt.Errorf("the cluster's DNS on %s has address %q", pods[0].Spec.NodeName, pods[0].Status.PodIP)
	}
	front, err := l.NameServer(ctx)
	if err != nil {
		return topology.Pod{}, topology.Service{}, err
	}
	pod := topology.Pod{
		Name: dnsName, Node: n.name, Address: address,
		Listeners: []topology.Listener{{Protocol: topology.UDP, Port: dnsPort}},
	}
	return pod, topology.Service{
		Name: dnsService, Address: front.Addr(), Protocol: topology.UDP, Port: dnsPort, TargetPort: dnsPort, Backends: []string{dnsName},
	}, nil
}
