package fabric

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TranslatorPlan is what a translator shall have: a second leg, into its target's
// VPC, and the translation between the two. It has no address of its own and
// routes by the leg by which a packet comes in, so that the two VPCs may have the
// same addresses, which may even be the translator's or the target's.
type TranslatorPlan struct {
	TargetVPC      string
	Source, Target netip.Addr
	MAC            net.HardwareAddr // the second leg's
}

// BalancerPlan is what a load balancer shall have: the forwarding of its listener
// to one of its backends.
type BalancerPlan struct {
	Listener topology.Listener
	Backends []BackendPlan
	// Chosen is the first backend that answered its health check; zero is none.
	Chosen BackendPlan
}

// BackendPlan is a backend and where it is.
type BackendPlan struct {
	Machine string
	At      netip.AddrPort
}

const (
	// legInterface is a translator's second leg inside it.
	legInterface = "leg"
	// The tables of a translator: for what comes from clients, and for what comes
	// from the target.
	forthTable = 100
	backTable  = 200
)

func planTranslator(w *topology.World, name string) *TranslatorPlan {
	t, known := w.Translator(name)
	if !known {
		return nil
	}
	nic, _ := w.NIC(t.Target)
	return &TranslatorPlan{
		TargetVPC: targetVPC(w, t), Source: t.Source, Target: nic.Address, MAC: mac("leg", name),
	}
}

func planBalancer(w *topology.World, name string) *BalancerPlan {
	b, known := w.LoadBalancer(name)
	if !known {
		return nil
	}
	p := &BalancerPlan{Listener: b.Listener}
	for _, x := range b.Backends {
		nic, _ := w.NIC(x.Machine)
		p.Backends = append(p.Backends, BackendPlan{Machine: x.Machine, At: netip.AddrPortFrom(nic.Address, x.Port)})
	}
	return p
}

// Rules renders a translator's table. What it has not translated it does not
// forward, which is counted.
func (p TranslatorPlan) Rules(m MachinePlan, iface string) (nft.Ruleset, Fates) {
	var fates Fates
	t := nft.Table{Name: MiddleTable}
	own := host(m.Address.Addr())
	if m.Host.NextHop {
		fates.forwardNothing(&t, m.Name, iface, own)
	}
	translated := []nft.Rule{{Match: nft.Match{CtStatus: nft.CtDestNAT}, Verdict: nft.Accept()}}
	if p.Target == m.Address.Addr() {
		// The kernel does not call it a translation when the address stays the same; nor
		// does it translate what belongs to no connection.
		known := nft.CtNew | nft.CtEstablished | nft.CtRelated
		translated = append(translated,
			nft.Rule{Match: nft.Match{InIface: iface, Destination: own, CtState: known}, Verdict: nft.Accept()},
			nft.Rule{Match: nft.Match{InIface: legInterface, CtState: nft.CtEstablished | nft.CtRelated}, Verdict: nft.Accept()})
	}
	foreign := fates.condemn(verdict.NotForwarded(m.Name), nft.Match{})
	if m.Host.NextHop {
		foreign.Name = "" // a counter counts for one rule; the watch counts for both
	}
	translated = append(translated, foreign, condemned(nft.Accept()))
	t.Chains = append(t.Chains,
		nft.Chain{
			Name: "destination", Base: &nft.Base{Type: nft.NAT, Hook: nft.Prerouting, Priority: nft.PriorityDestNAT},
			Rules: []nft.Rule{{Match: nft.Match{InIface: iface, Destination: own}, Verdict: nft.DNAT(p.Target)}},
		},
		nft.Chain{
			Name: "translated", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward, Policy: nft.PolicyDrop}, Rules: translated,
		},
		nft.Chain{
			Name: "source", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT},
			Rules: []nft.Rule{{Match: nft.Match{OutIface: legInterface}, Verdict: nft.SNAT(p.Source)}},
		},
		execution("execute/forward", nft.Forward))
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// Rules renders a load balancer's table. Without a healthy backend, what is for
// its listener ends there, silently; whatever else is for its address meets
// nobody who listens.
func (p BalancerPlan) Rules(m MachinePlan, iface string) (nft.Ruleset, Fates) {
	var fates Fates
	t := nft.Table{Name: MiddleTable}
	own := m.Address.Addr()
	if m.Host.NextHop {
		fates.forwardNothing(&t, m.Name, iface, host(own))
	}
	asked := nft.Match{
		InIface: iface, Destination: host(own),
		Protocol: protocolOf(p.Listener.Protocol), DestinationPorts: nft.Port(p.Listener.Port),
	}
	if p.Chosen == (BackendPlan{}) {
		asked.CtState = nft.CtNew
		t.Chains = append(t.Chains, nft.Chain{
			Name: "on/input", Base: &nft.Base{Type: nft.Filter, Hook: nft.Input},
			Rules: []nft.Rule{fates.condemn(verdict.NoHealthyBackend(m.Name), asked)},
		}, execution("execute/input", nft.Input))
		return nft.Ruleset{Tables: []nft.Table{t}}, fates
	}
	t.Chains = append(t.Chains,
		nft.Chain{
			Name: "destination", Base: &nft.Base{Type: nft.NAT, Hook: nft.Prerouting, Priority: nft.PriorityDestNAT},
			Rules: []nft.Rule{{Match: asked, Verdict: nft.DNATTo(p.Chosen.At)}},
		},
		nft.Chain{
			Name: "source", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT},
			Rules: []nft.Rule{{Match: nft.Match{CtStatus: nft.CtDestNAT}, Verdict: nft.SNAT(own)}},
		})
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// adoptMiddle makes what stands between a client and a server forward.
func (f *Fabric) adoptMiddle(ctx context.Context, m *machine, p MachinePlan) error {
	switch is, was := p.Translator, m.plan.Translator; {
	case p.Balancer != nil && m.plan.Balancer == nil:
		return link.SetSysctls(m.ns, forwarding(m.Interface))
	case is != nil && (was == nil || was.TargetVPC != is.TargetVPC):
		return f.wireLegs(ctx, m, p)
	default:
		return nil
	}
}

// wireLegs makes a translator's second leg and the routes of both. Neither end of
// a leg has an address that the other could ask for, so each is told whom to send
// to.
func (f *Fabric) wireLegs(ctx context.Context, m *machine, p MachinePlan) error {
	near, far, leg := f.routers[p.VPC], f.routers[p.Translator.TargetVPC], legName(p.Name)
	if far == nil {
		return fmt.Errorf("the site has no router for VPC %s", p.Translator.TargetVPC)
	}
	err := unlessThere(far.ns, leg, func() error {
		return link.CreateVeth(
			link.End{Namespace: far.ns, Name: leg, MAC: mac("far", p.Name)},
			link.End{Namespace: m.ns, Name: legInterface, MAC: p.Translator.MAC, MTU: UnderlayMTU},
		)
	})
	if err != nil {
		return err
	}
	door, errNear := link.Find(near.ns, portName(p.Name))
	back, errFar := link.Find(far.ns, leg)
	way := func(table int, device string) link.Route {
		return link.Route{Table: table, Destination: anywhere, Gateway: PeerHop, Device: device, Reach: link.OnLink}
	}
	_, errRules := link.SyncRules(m.ns, []link.Rule{
		{Priority: forthTable, InIface: m.Interface, Table: forthTable},
		{Priority: backTable, InIface: legInterface, Table: backTable},
	})
	err = errors.Join(
		errNear, errFar, errRules,
		link.SetSysctls(far.ns, link.RouterNICSettings(leg)),
		link.SetUp(far.ns, leg),
		link.ReplaceNeighbour(far.ns, leg, PeerHop, p.Translator.MAC),
		link.SetSysctls(m.ns, forwarding(m.Interface), forwarding(legInterface)),
		link.SetUp(m.ns, legInterface),
		link.ReplaceNeighbour(m.ns, m.Interface, PeerHop, door.MAC),
		link.ReplaceNeighbour(m.ns, legInterface, PeerHop, back.MAC),
		link.ReplaceRoute(m.ns, way(forthTable, legInterface)),
		link.ReplaceRoute(m.ns, way(backTable, m.Interface)),
	)
	if err != nil {
		return err // a link that is not up has no carrier to wait for
	}
	return link.AwaitCarrier(ctx, m.ns, legInterface)
}

// forwarding are the settings of a machine that forwards by an interface, also
// back to where a packet came from, without telling the sender.
func forwarding(iface string) []netns.Setting {
	return []netns.Setting{
		{Key: "net.ipv4.ip_forward", Value: "1"},
		{Key: "net.ipv4.conf.all.send_redirects", Value: "0"},
		{Key: "net/ipv4/conf/" + iface + "/send_redirects", Value: "0"},
		{Key: "net/ipv4/conf/" + iface + "/rp_filter", Value: "0"},
	}
}

func (p TranslatorPlan) write(b *strings.Builder) {
	fmt.Fprintf(b, "  translates to %s in %s as %s\n", p.Target, p.TargetVPC, p.Source)
}

func (p BalancerPlan) write(b *strings.Builder) {
	fmt.Fprintf(b, "  listens on %s/%d\n", p.Listener.Protocol, p.Listener.Port)
	for _, x := range p.Backends {
		fmt.Fprintf(b, "  backend %s at %s\n", x.Machine, x.At)
	}
}
