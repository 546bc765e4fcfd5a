package topology

import (
	"fmt"
	"net/netip"
	"slices"
)

// The default NodePort range. Source: cce_10_0784.
const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// services checks a cluster's Services; their names and NodePorts are taken with
// the machines'.
//
// Source: cce_10_0249 "Service Overview".
func (p *problems) services(path string, c *Cluster) {
	taken := map[netip.Addr]string{}
	for i, s := range c.Services {
		place := at(fmt.Sprintf("%s.services[%d]", path, i), s.Name)
		p.serviceAddress(place, c, s, taken)
		if s.Protocol != TCP && s.Protocol != UDP {
			p.add(place, "unknown protocol %q of a Service; it is tcp or udp", s.Protocol)
		}
		if s.Port == 0 || s.TargetPort == 0 {
			p.add(place, "a Service needs a port and a target port")
		}
		if s.NodePort != 0 && (s.NodePort < firstNodePort || s.NodePort > lastNodePort) {
			p.add(place, "NodePort %d is not between %d and %d", s.NodePort, firstNodePort, lastNodePort)
		}
		switch s.Policy {
		case "", ClusterPolicy:
		case LocalPolicy:
			if s.NodePort == 0 {
				p.add(place, "traffic policy Local needs a NodePort")
			}
		default:
			p.add(place, "unknown traffic policy %q; it is Cluster or Local", s.Policy)
		}
		p.knownPods(place, c, s.Backends)
	}
}

func (p *problems) serviceAddress(place string, c *Cluster, s Service, taken map[netip.Addr]string) {
	if !s.Address.IsValid() {
		p.add(place, "the cluster IP is missing")
		return
	}
	if b := c.ServiceCIDR; b.IsValid() && (!b.Contains(s.Address) || s.Address == b.Masked().Addr()) {
		p.add(place, "cluster IP %s is not one of the Service CIDR %s", s.Address, b)
	}
	if first, dup := taken[s.Address]; dup {
		p.add(place, "cluster IP %s is taken by %s", s.Address, first)
		return
	}
	taken[s.Address] = place
}

// knownPods checks that each is a pod of the cluster, and named once.
func (p *problems) knownPods(place string, c *Cluster, pods []string) {
	for i, name := range pods {
		if !slices.ContainsFunc(c.Pods, func(pod Pod) bool { return pod.Name == name }) {
			p.add(place, "unknown pod %q of cluster %s", name, c.Name)
		}
		if slices.Contains(pods[:i], name) {
			p.add(place, "pod %s is named twice", name)
		}
	}
}

// policies checks a cluster's network policies.
//
// Source: cce_10_0059 (they select pods, and a host-network pod is its node).
func (p *problems) policies(path string, c *Cluster) {
	space := names{}
	for i, policy := range c.NetworkPolicies {
		place := at(fmt.Sprintf("%s.networkPolicies[%d]", path, i), policy.Name)
		p.claim(space, place, policy.Name)
		if len(policy.Pods) == 0 {
			p.add(place, "the policy selects no pod")
		}
		p.knownPods(place, c, policy.Pods)
		for _, pod := range c.Pods {
			if pod.HostNetwork && slices.Contains(policy.Pods, pod.Name) {
				p.add(place, "pod %s is on the host network, where no policy applies", pod.Name)
			}
		}
		for _, b := range policy.Egress {
			p.ipBlock(place, b)
		}
	}
}

func (p *problems) ipBlock(place string, b IPBlock) {
	if !p.cidr(place, "block", b.CIDR) {
		return
	}
	for _, e := range b.Except {
		if p.cidr(place, "exception", e) && (!contains(b.CIDR, e) || e == b.CIDR) {
			p.add(place, "exception %s is no part of %s", e, b.CIDR)
		}
	}
}
