package kindlab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Network policies are real objects of the API. No component of the cluster
// enforces them: in tunnel mode the fabric's rules on the nodes stand in for the
// platform's own, and routed mode has, as documented, none.

// policyObject returns a network policy as Kubernetes takes it.
func policyObject(p topology.NetworkPolicy) *networkingv1.NetworkPolicy {
	o := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: plain(p.Name), Namespace: namespace, Labels: map[string]string{podPartLabel: partWorld}},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
				Key: podNameLabel, Operator: metav1.LabelSelectorOpIn, Values: p.Pods,
			}}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
		},
	}
	for _, b := range p.Egress {
		block := &networkingv1.IPBlock{CIDR: b.CIDR.String(), Except: texts(b.Except)}
		o.Spec.Egress = append(o.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{IPBlock: block}}})
	}
	return o
}

func texts(prefixes []netip.Prefix) []string {
	var all []string
	for _, p := range prefixes {
		all = append(all, p.String())
	}
	return all
}

// syncPolicies makes the network policies of our namespace the world's.
func (l *Lab) syncPolicies(ctx context.Context, c topology.Cluster) error {
	if len(c.NetworkPolicies) == 0 && l.policies == none {
		return nil
	}
	l.policies = unknown
	var there networkingv1.NetworkPolicyList
	err := l.kube.api.List(ctx, &there, cr.InNamespace(namespace), cr.MatchingLabels{podPartLabel: partWorld})
	if err != nil {
		return fmt.Errorf("list network policies: %w", err)
	}
	kept := map[string]bool{}
	for i := range there.Items {
		is := &there.Items[i]
		same := func(p topology.NetworkPolicy) bool {
			return plain(p.Name) == is.Name && equality.Semantic.DeepEqual(policyObject(p).Spec, is.Spec)
		}
		if kept[is.Name] = slices.ContainsFunc(c.NetworkPolicies, same); kept[is.Name] {
			continue
		}
		if err := l.kube.remove(ctx, is); err != nil {
			return err
		}
	}
	for _, p := range c.NetworkPolicies {
		if kept[plain(p.Name)] {
			continue
		}
		// What the API gives back is what it has taken.
		want, is := policyObject(p), policyObject(p)
		if err := l.kube.api.Create(ctx, is); err != nil {
			return fmt.Errorf("create network policy %s: %w", p.Name, err)
		}
		if !equality.Semantic.DeepEqual(want.Spec, is.Spec) {
			return fmt.Errorf("create network policy %s: the API has made %v of it", p.Name, is.Spec)
		}
	}
	if len(c.NetworkPolicies) == 0 {
		l.policies = none
	}
	return nil
}

// presence says whether there are objects of a kind.
type presence int

const (
	unknown presence = iota
	none
)
