package kindlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// The cluster's DNS as flows and verdicts name it.
const (
	dnsName    = "dns"
	dnsService = "kube-dns"
	dnsPort    = 53
)

// resolverAddress is that of the VPC's own resolver, which whoever is on the VPC
// itself asks. It answers in the router, in front of every group and table.
var resolverAddress = netip.AddrFrom4([4]byte{100, 125, 4, 25})

// askName asks the cluster's DNS for a name, from a pod's own network and with a
// question of the kind that every program's resolver asks.
func (l *Lab) askName(ctx context.Context, f topology.Flow, from topology.Endpoint) (verdict.Observation, error) {
	if from.Kind != topology.KindPod {
		return l.askResolver(ctx, f, from)
	}
	server, service, err := l.dnsServer(ctx)
	if err != nil {
		return verdict.Observation{}, err
	}
	w := l.world.Clone()
	c := &w.Clusters[0]
	c.Pods, c.Services = append(c.Pods, server), append(c.Services, service)
	agent, err := l.agents.get(from.Name)
	if err != nil {
		return verdict.Observation{}, err
	}
	ns, err := namespaceBehind(ctx, agent.socket)
	if err != nil {
		return verdict.Observation{}, fmt.Errorf("enter pod %s: %w", from.Name, err)
	}
	defer func() { _ = ns.Close() }() // a handle only
	asker := &nameAsker{Client: agent.Client, sockets: probe.Within(ns.Do), name: f.To}
	o, err := l.fabric.Ask(ctx, w, topology.OverUDP(f.From, dnsService, dnsPort), asker)
	o.Flow = f
	if o.Verdict.Positive() {
		o.Verdict = l.nameVerdict(o.Verdict, f.To, asker)
	}
	return o, err
}

// nameVerdict judges an answer that came.
func (l *Lab) nameVerdict(reached verdict.Verdict, name string, got *nameAsker) verdict.Verdict {
	wanted, known := l.world.Endpoint(name)
	switch {
	case got.code == dnsmessage.RCodeNameError:
		return verdict.Rejected(dnsName, verdict.NoSuchName)
	case got.code != dnsmessage.RCodeSuccess:
		return verdict.Rejected(dnsName, got.code.String())
	case !known || got.address != wanted.Address:
		return verdict.Inconclusive("%s answered that %s is %s", dnsName, name, got.address)
	default:
		return reached
	}
}

// nameAsker asks its one question about a name, whatever question it is given,
// and remembers what was answered.
type nameAsker struct {
	*probe.Client
	sockets probe.Sockets
	name    string

	code    dnsmessage.RCode
	address netip.Addr
}

var _ probe.Agent = (*nameAsker)(nil)

// Ask implements probe.Agent.
func (a *nameAsker) Ask(ctx context.Context, questions []probe.Question) ([]probe.Answer, error) {
	if len(questions) != 1 {
		return nil, fmt.Errorf("ask for %s: %d questions", a.name, len(questions))
	}
	q := questions[0]
	answer := probe.Answer{ID: q.ID, Sent: 1, Started: time.Now(), Server: dnsName}
	response, err := probe.AskName(ctx, a.sockets, q.Endpoint(), a.name, q.Timeout)
	answer.Elapsed = time.Since(answer.Started)
	switch {
	case err == nil:
		answer.Outcome, answer.Received = probe.Answered, 1
		a.code, a.address = response.Code, response.Address
	case ctx.Err() != nil:
		answer.Outcome, answer.Server = probe.Canceled, ""
	default:
		_ = errors.As(err, &answer.Rejection) // where there is one, it says who
		answer.Outcome, answer.Errno = probe.OutcomeOf(err), probe.ErrnoName(err)
		answer.Server, answer.Err = "", err.Error()
	}
	answer.Transcript = fmt.Sprintf("%s? %s %s %s", a.name, answer.Outcome, a.code, a.address)
	return []probe.Answer{answer}, nil
}

// askResolver asks the VPC's resolver from a machine: this process answers in the
// router's network, as the cloud's own server does in its.
func (l *Lab) askResolver(ctx context.Context, f topology.Flow, from topology.Endpoint) (verdict.Observation, error) {
	v, _, ok := l.world.SubnetOf(from.Attached.Subnet)
	if !ok {
		return verdict.Observation{}, fmt.Errorf("%s is in no subnet", from.Name)
	}
	router := l.bodies.get(bodyKey(roleGateway, v.Name))
	agent, err := l.agents.get(from.Name)
	if err != nil || router == nil {
		return verdict.Observation{}, errors.Join(err, fmt.Errorf("VPC %s has no router", v.Name))
	}
	served, err := l.serveNames(router.ns)
	if err != nil {
		return verdict.Observation{}, err
	}
	defer func() { _ = served.conn.Close() }() // ends its goroutine
	ns, err := namespaceBehind(ctx, agent.socket)
	if err != nil {
		return verdict.Observation{}, fmt.Errorf("enter %s: %w", from.Name, err)
	}
	defer func() { _ = ns.Close() }() // a handle only
	o := verdict.Observation{Flow: f, From: from.Address, To: resolverAddress}
	response, err := probe.AskName(ctx, probe.Within(ns.Do), netip.AddrPortFrom(resolverAddress, dnsPort), f.To, l.options.Timing.ProbeTimeout)
	switch {
	case err != nil:
		o.Verdict = verdict.Inconclusive("the resolver of %s: %v", v.Name, err)
	case response.Code == dnsmessage.RCodeNameError:
		o.Verdict = verdict.Rejected(v.Name, verdict.NoSuchName)
	default:
		saw := <-served.saw
		o.Evidence = verdict.Evidence{Sent: 1, Received: 1, Server: v.Name}
		name, known := l.world.Sees(from, saw)
		if o.Verdict = verdict.Inconclusive("the resolver saw %s", saw); known {
			o.Verdict = verdict.ReachedAs(name)
			o.Verdict.SeenAddress = saw
		}
	}
	return o, nil
}

// nameServer is a resolver that answers one question.
type nameServer struct {
	conn *net.UDPConn
	saw  chan netip.Addr // who asked
}

func (l *Lab) serveNames(router *netns.Namespace) (*nameServer, error) {
	const loopback = "lo"
	host := netip.PrefixFrom(resolverAddress, resolverAddress.BitLen())
	local := netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 8)
	if err := errors.Join(link.SetAddresses(router, loopback, local, host), link.SetUp(router, loopback)); err != nil {
		return nil, fmt.Errorf("serve names: %w", err)
	}
	s := &nameServer{saw: make(chan netip.Addr, 1)}
	err := router.Do(func() (err error) {
		s.conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(resolverAddress, dnsPort)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("serve names: %w", err)
	}
	go s.answer(l.world)
	return s, nil
}

// answer answers one question by the world's names and ends.
func (s *nameServer) answer(w topology.World) {
	buffer := make([]byte, 1500)
	n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
	if err != nil {
		return
	}
	var m dnsmessage.Message
	if err := m.Unpack(buffer[:n]); err != nil || len(m.Questions) != 1 {
		return
	}
	m.Response, m.RCode = true, dnsmessage.RCodeNameError
	name := m.Questions[0].Name.String()
	if r, known := w.NameRecord(name[:len(name)-1]); known {
		if e, ok := w.Endpoint(r.Name); ok && e.Address.Is4() {
			m.RCode = dnsmessage.RCodeSuccess
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: e.Address.As4()},
			}}
		}
	}
	response, err := m.Pack()
	if err != nil {
		return
	}
	s.saw <- from.Addr().Unmap()
	_, _ = s.conn.WriteToUDPAddrPort(response, from) // who does not get it says so
}
