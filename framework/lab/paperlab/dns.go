package paperlab

import (
	"net/netip"
	"reflect"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// dnsServer is the name of the cluster's DNS server in paths and verdicts, dnsPort
// its port.
const (
	dnsServer = "dns"
	dnsPort   = 53
)

// resolve predicts the answer to a question for a name: a pod asks the cluster's
// DNS, which is a pod like others; whoever is on the VPC itself asks the VPC's
// resolver, which knows every private name.
//
// Source: cce_faq_00107, cce_10_0360 "DNS Overview".
func resolve(w *topology.World, f topology.Flow, path *verdict.Path) (netip.Addr, verdict.Verdict) {
	from, ok := w.Endpoint(f.From)
	if !ok {
		return netip.Addr{}, verdict.Inconclusive("the world has no host, node or pod %q", f.From)
	}
	_, known := w.NameRecord(f.To)
	if from.Kind != topology.KindPod {
		if !known {
			return from.Address, verdict.Inconclusive("the world has no name %q", f.To)
		}
		path.Forth = []verdict.Step{{Hop: from.Machine, Did: "asked the resolver of the VPC"}}
		v := verdict.ReachedAs(from.Machine)
		v.SeenAddress = from.Attached.Address
		return from.Address, v
	}
	dns := from.Cluster.DNS
	if dns == nil {
		return from.Address, verdict.Inconclusive("cluster %s has no DNS", from.Cluster.Name)
	}
	with := withServer(*w, from.Cluster.Name, dns.Node)
	asked := topology.OverUDP(f.From, dnsServer, dnsPort)
	x := exchange{world: &with, flow: asked}
	x.from, _ = with.Endpoint(f.From)
	if x.to, ok = with.Endpoint(dnsServer); !ok {
		return from.Address, verdict.Inconclusive("cluster %s has its DNS on no node of it", from.Cluster.Name)
	}
	v := x.predict(path)
	if v.Positive() && (!known || !dns.PrivateNames) {
		return from.Address, verdict.Rejected(dnsServer, verdict.NoSuchName)
	}
	return from.Address, v
}

// withServer is the world with the cluster's DNS server as a pod on its node, at
// an address that nobody has.
func withServer(w topology.World, cluster, node string) topology.World {
	w = w.Clone()
	for i := range w.Clusters {
		c := &w.Clusters[i]
		n := c.Node(node)
		if c.Name != cluster || n == nil {
			continue
		}
		taken := map[netip.Addr]bool{}
		for _, p := range c.Pods {
			taken[p.Address] = true
		}
		a := n.Gateway().Next()
		for taken[a] {
			a = a.Next()
		}
		c.Pods = append(c.Pods, topology.Pod{
			Name: dnsServer, Node: node, Address: a,
			Listeners: []topology.Listener{{Protocol: topology.UDP, Port: dnsPort}},
		})
	}
	return w
}

// questionSurvives reports whether a question for a name that is under way is known to every hop when a world replaces another. Whoever
// is on the VPC itself asks the VPC's resolver, which is always there.
func questionSurvives(before, after *topology.World, client string) bool {
	if !stays(before, after, client) {
		return false
	}
	was, _ := before.Endpoint(client)
	is, _ := after.Endpoint(client)
	if was.Kind != topology.KindPod {
		return true
	}
	from, to := was.Cluster.DNS, is.Cluster.DNS
	return from != nil && to != nil && from.Node == to.Node && reflect.DeepEqual(inbound(before, from.Node), inbound(after, to.Node))
}
