package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddService adds a Service to a cluster.
type AddService struct {
	Cluster string
	Service topology.Service
}

// Apply implements Change.
func (c AddService) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	if _, _, err := service(w, c.Service.Name); err == nil {
		return fmt.Errorf("world has a Service %q already", c.Service.Name)
	}
	s := c.Service
	s.Backends = slices.Clone(s.Backends)
	home.Services = append(home.Services, s)
	return nil
}

// String implements Change.
func (c AddService) String() string {
	return fmt.Sprintf("add Service %s to cluster %s", c.Service.Name, c.Cluster)
}

// RemoveService removes a Service.
type RemoveService struct{ Service string }

// Apply implements Change.
func (c RemoveService) Apply(w *topology.World) error {
	home, _, err := service(w, c.Service)
	if err != nil {
		return err
	}
	if err := unnamed(w, c.Service); err != nil {
		return err
	}
	home.Services = slices.DeleteFunc(home.Services, func(s topology.Service) bool { return s.Name == c.Service })
	return nil
}

// String implements Change.
func (c RemoveService) String() string { return "remove Service " + c.Service }

// SetTrafficPolicy sets a Service's externalTrafficPolicy.
type SetTrafficPolicy struct {
	Service string
	Policy  topology.TrafficPolicy
}

// Apply implements Change.
func (c SetTrafficPolicy) Apply(w *topology.World) error {
	_, s, err := service(w, c.Service)
	if err != nil {
		return err
	}
	s.Policy = c.Policy
	return nil
}

// String implements Change.
func (c SetTrafficPolicy) String() string {
	return fmt.Sprintf("set externalTrafficPolicy of %s to %s", c.Service, c.Policy)
}

// SetBackends makes a Service's selector match these pods and no others.
type SetBackends struct {
	Service string
	Pods    []string
}

// Apply implements Change.
func (c SetBackends) Apply(w *topology.World) error {
	home, s, err := service(w, c.Service)
	if err != nil {
		return err
	}
	for _, name := range c.Pods {
		if !slices.ContainsFunc(home.Pods, func(p topology.Pod) bool { return p.Name == name }) {
			return fmt.Errorf("cluster %s has no pod %q", home.Name, name)
		}
	}
	s.Backends = slices.Clone(c.Pods)
	return nil
}

// String implements Change.
func (c SetBackends) String() string {
	if len(c.Pods) == 0 {
		return "make the selector of " + c.Service + " match nothing"
	}
	return fmt.Sprintf("make the selector of %s match %s", c.Service, strings.Join(c.Pods, ", "))
}
