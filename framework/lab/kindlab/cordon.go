package kindlab

import (
	"context"
	"fmt"

	cr "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// syncCordons closes to new pods the nodes that the world has cordoned, and opens
// the others. The world's own pods name their node and come nevertheless.
func (l *Lab) syncCordons(ctx context.Context, c topology.Cluster) error {
	for _, n := range l.nodes {
		wanted := c.Node(n.name).Cordoned
		if is, known := l.cordoned[n.name]; known && is == wanted {
			continue
		}
		there, err := l.kube.nodes(ctx)
		if err != nil {
			return err
		}
		is := there[n.container]
		was := cr.MergeFrom(is.DeepCopy())
		is.Spec.Unschedulable = wanted
		if err := l.kube.api.Patch(ctx, &is, was); err != nil {
			return fmt.Errorf("cordon node %s: %w", n.name, err)
		}
		l.cordoned[n.name] = wanted
	}
	return nil
}
