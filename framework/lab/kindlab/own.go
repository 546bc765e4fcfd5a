package kindlab

import (
	"context"
	"fmt"
)

// whose reports why a container is not of this lab, or nil. Our own containers say so by their labels. Those of nodes are kind's and
// carry the cluster's name alone, so that of the cluster's containers that are ours at least one has to be of this run.
func (id identity) whose(c container, ours []container) error {
	mine := func(c container) bool {
		return c.Labels[labelCluster] == id.cluster && c.Labels[labelState] == id.state &&
			(c.Labels[labelRun] == id.run || id.kept && c.Labels[labelKept] != "")
	}
	switch {
	case mine(c):
		return nil
	case c.Labels[labelCluster] != "" || c.Labels[kindLabel] == "" || c.Labels[kindLabel] != id.cluster:
		return fmt.Errorf("container %s: %w: it is not of run %s", c.Name, ErrNotOurs, id.run)
	}
	for _, o := range ours {
		if mine(o) {
			return nil
		}
	}
	return fmt.Errorf("container %s: %w: nothing of its cluster %s is of run %s", c.Name, ErrNotOurs, id.cluster, id.run)
}

// own returns a container of this lab by its name; any other is an error that matches ErrNotOurs, and must not be touched.
func (l *Lab) own(ctx context.Context, name string) (container, error) {
	c, found, err := l.engine.find(ctx, name)
	switch {
	case err != nil:
		return container{}, err
	case !found:
		return container{}, fmt.Errorf("container %s: there is none", name)
	}
	ours, err := l.engine.list(ctx, "label="+labelCluster+"="+l.name)
	if err != nil {
		return container{}, err
	}
	return c, l.id.whose(c, ours)
}
