package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddVPN connects a VPC with an on-premises network.
type AddVPN struct{ VPN topology.VPN }

// Apply implements Change.
func (c AddVPN) Apply(w *topology.World) error {
	if _, err := vpn(w, c.VPN.Name); err == nil {
		return fmt.Errorf("world has a VPN %q already", c.VPN.Name)
	}
	w.VPNs = append(w.VPNs, c.VPN)
	return nil
}

// String implements Change.
func (c AddVPN) String() string {
	return fmt.Sprintf("connect %s with %s by VPN %s", c.VPN.VPC, c.VPN.OnPremises, c.VPN.Name)
}

// RemoveVPN deletes a VPN and the routes that lead over it.
type RemoveVPN struct{ VPN string }

// Apply implements Change.
func (c RemoveVPN) Apply(w *topology.World) error {
	if _, err := vpn(w, c.VPN); err != nil {
		return err
	}
	w.VPNs = slices.DeleteFunc(w.VPNs, func(v topology.VPN) bool { return v.Name == c.VPN })
	withdraw(w, func(r topology.Route) bool { return r.VPN == c.VPN })
	return nil
}

// String implements Change.
func (c RemoveVPN) String() string { return "delete VPN " + c.VPN }

// SetMSS makes a VPN's gateway clamp the maximum segment size of every TCP
// connection, in bytes; zero stops it.
//
// Source: VPN "Notes and Constraints".
type SetMSS struct {
	VPN   string
	Bytes int
}

// Apply implements Change.
func (c SetMSS) Apply(w *topology.World) error {
	v, err := vpn(w, c.VPN)
	if err != nil {
		return err
	}
	v.MSS = c.Bytes
	return nil
}

// String implements Change.
func (c SetMSS) String() string {
	if c.Bytes == 0 {
		return "stop clamping the segment size on VPN " + c.VPN
	}
	return fmt.Sprintf("clamp the segment size on VPN %s to %d bytes", c.VPN, c.Bytes)
}

// AddNATGateway gives a VPC a way out to the internet.
type AddNATGateway struct{ Gateway topology.NATGateway }

// Apply implements Change.
func (c AddNATGateway) Apply(w *topology.World) error {
	if _, known := w.NATGateway(c.Gateway.Name); known {
		return fmt.Errorf("world has a NAT gateway %q already", c.Gateway.Name)
	}
	g := c.Gateway
	g.Sources = slices.Clone(g.Sources)
	w.NATGateways = append(w.NATGateways, g)
	return nil
}

// String implements Change.
func (c AddNATGateway) String() string {
	return fmt.Sprintf("add NAT gateway %s to %s", c.Gateway.Name, c.Gateway.VPC)
}

// SetSNAT replaces the blocks that a NAT gateway's SNAT rules select.
type SetSNAT struct {
	Gateway string
	Sources []netip.Prefix
}

// Apply implements Change.
func (c SetSNAT) Apply(w *topology.World) error {
	for i := range w.NATGateways {
		if g := &w.NATGateways[i]; g.Name == c.Gateway {
			g.Sources = slices.Clone(c.Sources)
			return nil
		}
	}
	return fmt.Errorf("world has no NAT gateway %q", c.Gateway)
}

// String implements Change.
func (c SetSNAT) String() string {
	return fmt.Sprintf("make the SNAT rules of %s select %s", c.Gateway, blockList(c.Sources))
}

// AddTranslator adds a VPC endpoint or private NAT.
type AddTranslator struct{ Translator topology.Translator }

// Apply implements Change.
func (c AddTranslator) Apply(w *topology.World) error {
	if _, known := w.Translator(c.Translator.Name); known {
		return fmt.Errorf("world has a translator %q already", c.Translator.Name)
	}
	t := c.Translator
	t.NIC.SecurityGroups = slices.Clone(t.NIC.SecurityGroups)
	w.Translators = append(w.Translators, t)
	return nil
}

// String implements Change.
func (c AddTranslator) String() string {
	t := c.Translator
	return fmt.Sprintf("add %s %s at %s for %s", t.Kind, t.Name, t.NIC.Address, t.Target)
}

// RemoveTranslator removes a VPC endpoint or private NAT.
type RemoveTranslator struct{ Translator string }

// Apply implements Change.
func (c RemoveTranslator) Apply(w *topology.World) error {
	if _, known := w.Translator(c.Translator); !known {
		return fmt.Errorf("world has no translator %q", c.Translator)
	}
	if err := unnamed(w, c.Translator); err != nil {
		return err
	}
	w.Translators = slices.DeleteFunc(w.Translators, func(t topology.Translator) bool { return t.Name == c.Translator })
	return nil
}

// String implements Change.
func (c RemoveTranslator) String() string { return "remove translator " + c.Translator }

func vpn(w *topology.World, name string) (*topology.VPN, error) {
	for i := range w.VPNs {
		if w.VPNs[i].Name == name {
			return &w.VPNs[i], nil
		}
	}
	return nil, fmt.Errorf("world has no VPN %q", name)
}
