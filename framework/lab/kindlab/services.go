package kindlab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// worldServicePort is the name of the one port of a world's Service.
const worldServicePort = "main"

// serviceLabel marks the pods that stand behind a Service of the world. A
// selector without a match is a Service none of whose backends carries it.
func serviceLabel(service string) string { return "service.vpcgate.dev/" + plain(service) }

// podLabels are the labels of a world's pod: who it is, and which Services it
// serves.
func podLabels(c topology.Cluster, pod string) map[string]string {
	labels := map[string]string{podNameLabel: pod, podPartLabel: partWorld}
	for _, s := range c.Services {
		if slices.Contains(s.Backends, pod) {
			labels[serviceLabel(s.Name)] = "true"
		}
	}
	return labels
}

// worldService returns a Service of the world as Kubernetes takes it.
func worldService(s topology.Service) *corev1.Service {
	o := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: plain(s.Name), Namespace: namespace, Labels: map[string]string{podPartLabel: partWorld}},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: s.Address.String(), Selector: map[string]string{serviceLabel(s.Name): "true"},
			Ports: []corev1.ServicePort{{
				Name: worldServicePort, Protocol: kubeProtocol(s.Protocol), Port: int32(s.Port),
				TargetPort: intstr.FromInt32(int32(s.TargetPort)), NodePort: int32(s.NodePort),
			}},
		},
	}
	if s.NodePort != 0 {
		o.Spec.Type, o.Spec.ExternalTrafficPolicy = corev1.ServiceTypeNodePort, corev1.ServiceExternalTrafficPolicyCluster
		if s.Policy == topology.LocalPolicy {
			o.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		}
	}
	return o
}

func kubeProtocol(p topology.Protocol) corev1.Protocol {
	if p == topology.UDP {
		return corev1.ProtocolUDP
	}
	return corev1.ProtocolTCP
}

// sameService reports whether two Services are alike in all that worlds speak of.
func sameService(a, b *corev1.Service) bool {
	return remade(a) == remade(b) && a.Spec.ExternalTrafficPolicy == b.Spec.ExternalTrafficPolicy &&
		len(a.Spec.Ports) == 1 && len(b.Spec.Ports) == 1 && a.Spec.Ports[0].Port == b.Spec.Ports[0].Port &&
		a.Spec.Ports[0].TargetPort == b.Spec.Ports[0].TargetPort
}

// fixed is what of a Service cannot change, or only in ways that leave traces.
type fixed struct {
	address  string
	kind     corev1.ServiceType
	protocol corev1.Protocol
	nodePort int32
}

func remade(s *corev1.Service) fixed {
	f := fixed{address: s.Spec.ClusterIP, kind: s.Spec.Type}
	if len(s.Spec.Ports) == 1 {
		f.protocol, f.nodePort = s.Spec.Ports[0].Protocol, s.Spec.Ports[0].NodePort
	}
	return f
}

// syncServices makes the Services of our namespace the world's and waits until
// kube-proxy has written every node's rules of them. Pods carry their labels.
func (l *Lab) syncServices(ctx context.Context, realised topology.World) error {
	c := realised.Clusters[0]
	wanted := expectedRules(c)
	if wanted.equal(l.proxied) {
		return nil
	}
	var there corev1.ServiceList
	err := l.kube.api.List(ctx, &there, cr.InNamespace(namespace), cr.MatchingLabels{podPartLabel: partWorld})
	if err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	if err := l.alignServices(ctx, c, there.Items); err != nil {
		return err
	}
	l.proxied = nil
	err = forEach(ctx, l.nodes, func(ctx context.Context, n *node) error { return l.awaitRules(ctx, n, wanted[n.name]) })
	if err != nil {
		return fmt.Errorf("await kube-proxy: %w", err)
	}
	l.proxied = wanted
	return nil
}

// alignServices removes first, since an address or port may change its owner.
func (l *Lab) alignServices(ctx context.Context, c topology.Cluster, there []corev1.Service) error {
	kept := map[string]*corev1.Service{}
	var errs []error
	for i := range there {
		is := &there[i]
		at := slices.IndexFunc(c.Services, func(s topology.Service) bool { return plain(s.Name) == is.Name })
		if at < 0 || remade(worldService(c.Services[at])) != remade(is) {
			errs = append(errs, l.kube.remove(ctx, is))
			continue
		}
		kept[is.Name] = is
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return forEach(ctx, c.Services, func(ctx context.Context, s topology.Service) error {
		want := worldService(s)
		is := kept[want.Name]
		switch {
		case is == nil:
			if err := l.kube.api.Create(ctx, want); err != nil {
				return fmt.Errorf("create service %s: %w", s.Name, err)
			}
		case !sameService(is, want):
			is.Spec.Ports, is.Spec.ExternalTrafficPolicy = want.Spec.Ports, want.Spec.ExternalTrafficPolicy
			if err := l.kube.api.Update(ctx, is); err != nil {
				return fmt.Errorf("change service %s: %w", s.Name, err)
			}
		}
		return nil
	})
}
