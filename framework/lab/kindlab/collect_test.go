package kindlab

import (
	"errors"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Of a cluster only what is on the flow's way is looked at.
func TestOnPath_is_what_the_flow_passes(t *testing.T) {
	l := &Lab{world: worlds.OneVPC(topology.Routed), nodes: []*node{{name: "node-1", container: "c-1"}, {name: "node-2", container: "c-2"}}}
	p := l.onPath(lab.Failing{Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort), Hops: []string{"pod-a", "vpc-demo", "ecs-25"}})
	if len(p.nodes) != 1 || p.nodes[0].name != "node-1" || !slices.Equal(p.pods, []string{"pod-a"}) || !slices.Equal(p.hosts, []string{"ecs-25"}) || p.dns {
		t.Errorf("got %d nodes, pods %q, hosts %q, DNS %v", len(p.nodes), p.pods, p.hosts, p.dns)
	}
	of := func(in, name, on, app string) corev1.Pod {
		return corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: name, Labels: map[string]string{appLabel: app}},
			Spec:       corev1.PodSpec{NodeName: on},
		}
	}
	for name, c := range map[string]struct {
		pod  corev1.Pod
		want bool
	}{
		"the client":               {of(namespace, "pod-a", "c-1", ""), true},
		"another pod of the world": {of(namespace, "pod-b", "c-1", ""), false},
		"kube-proxy of its node":   {of("kube-system", "kube-proxy-x", "c-1", proxyAppName), true},
		"kube-proxy of another":    {of("kube-system", "kube-proxy-y", "c-2", proxyAppName), false},
		"a DNS that is not asked":  {of("kube-system", "coredns-x", "c-1", dnsAppName), false},
		"an API server":            {of("kube-system", "kube-apiserver", "c-1", ""), false},
	} {
		if got := p.has(c.pod); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	asks := l.onPath(lab.Failing{Flow: topology.Flow{From: "pod-a", To: "name", Protocol: topology.DNSQuery}})
	if !asks.has(of("kube-system", "coredns-x", "c-2", dnsAppName)) {
		t.Error("the DNS that is asked is left out")
	}
}

// A lab whose cluster was never reached says so, and looks at nothing.
func TestCollect_without_a_cluster_is_an_error(t *testing.T) {
	l := &Lab{}
	if err := l.Collect(t.Context(), lab.Failing{}, nil); err == nil {
		t.Error("collected without a world")
	}
}

// Whatever fails, the other parts are done, and every failure is told.
func TestAll_does_every_part(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	err := all(func() error { return one }, func() error { return nil }, func() error { return two })
	if !errors.Is(err, one) || !errors.Is(err, two) {
		t.Errorf("got %v", err)
	}
}
