package change

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// ConfigureDNS replaces the configuration of a cluster's DNS.
type ConfigureDNS struct {
	Cluster string
	DNS     topology.DNS
}

// Apply implements Change.
func (c ConfigureDNS) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	if home.Node(c.DNS.Node) == nil {
		return fmt.Errorf("cluster %s has no node %q", c.Cluster, c.DNS.Node)
	}
	d := c.DNS
	home.DNS = &d
	return nil
}

// String implements Change.
func (c ConfigureDNS) String() string {
	names := "without the private names"
	if c.DNS.PrivateNames {
		names = "with the private names"
	}
	return fmt.Sprintf("run the DNS of cluster %s on %s %s", c.Cluster, c.DNS.Node, names)
}
