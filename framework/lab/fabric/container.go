package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ContainerTable holds what a container of an engine loses.
const ContainerTable = "vpcgate-container"

// containerNIC is the only interface of a container.
const containerNIC = "eth0"

// container is a container of an engine as it is, for a site that has one.
type container struct {
	host   string
	ns     *netns.Namespace
	rules  nft.Ruleset
	fates  Fates
	record record
}

// containerRules bear witness to what a container sends to its neighbours of the
// bridge's block who are not there: whatever routes its host has, it asks the
// bridge for them, and nobody answers.
func (b Bridge) containerRules(machine string) (nft.Ruleset, Fates) {
	var fates Fates
	t := nft.Table{Name: ContainerTable, Sets: []nft.Set{{
		Name: "there", Elements: append(b.containers(), host(b.Address.Addr())),
	}}}
	t.Chains = append(t.Chains, nft.Chain{
		Name: "neighbours", Base: &nft.Base{Type: nft.Filter, Hook: nft.Output},
		Rules: []nft.Rule{fates.witness(verdict.EngineNetwork(machine, b.Network), nft.Match{
			OutIface: containerNIC, Destination: b.Address.Masked(), NotDestinationSet: "there",
		})},
	})
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// adoptContainers attaches the containers of a host's engine to their bridge.
func (f *Fabric) adoptContainers(ctx context.Context, m *machine, p MachinePlan) error {
	var errs []error
	for _, b := range p.Host.Bridges {
		for _, x := range b.Attached {
			c := f.containers[x.Name]
			if c == nil {
				continue // the engine is somebody else's
			}
			if err := f.attach(ctx, m, b, x, c); err != nil {
				errs = append(errs, fmt.Errorf("container %s: %w", x.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (f *Fabric) attach(ctx context.Context, m *machine, b Bridge, x topology.EngineContainer, c *container) error {
	port := link.IfName("ct", x.Name)
	err := unlessThere(m.ns, port, func() error {
		return link.CreateVeth(link.End{Namespace: m.ns, Name: port}, link.End{Namespace: c.ns, Name: containerNIC})
	})
	if err != nil {
		return err
	}
	err = errors.Join(
		link.SetSysctls(c.ns, link.GuestSettings()),
		link.SetMaster(m.ns, port, b.Interface),
		link.SetUp(m.ns, port),
		link.SetAddresses(c.ns, containerNIC, netip.PrefixFrom(x.Address, b.Address.Bits())),
		link.SetUp(c.ns, containerNIC),
		link.ReplaceRoute(c.ns, link.Route{Destination: anywhere, Gateway: b.Address.Addr(), Device: containerNIC}),
	)
	if err != nil {
		return err // a link that is not up has no carrier to wait for
	}
	if err := errors.Join(link.AwaitCarrier(ctx, c.ns, containerNIC), link.AwaitCarrier(ctx, m.ns, port, b.Interface)); err != nil {
		return err
	}
	rules, fates := b.containerRules(c.host)
	_, err = nft.Apply(c.ns, c.rules, rules)
	c.rules, c.fates = rules, fates
	return err
}
