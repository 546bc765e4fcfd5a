package ledger

import (
	"slices"
	"strings"
)

// witness tells whose a change between two snapshots is.
type witness struct {
	run           string
	before, after Snapshot
}

// whose follows the rule of the package's documentation.
func (w witness) whose(section Section, e Entry) Owner {
	switch {
	case e.Run != "" && e.Run == w.run:
		return Ours
	case e.Run != "", section == Containers:
		return Others
	case e.Owner != "":
		return e.Owner
	case section == Sysctls && w.engineCame() && setByEngine(e.Name):
		return Engine
	case section == Routes && w.engineCame() && ofRouter(e.Name):
		return Engine
	case section == Sysctls && slices.Contains(kubelets(), e.Name):
		return Kubelet
	case section == Tables && w.engineCame() && slices.Contains(engineTables(), e.Name):
		return Engine
	default:
		return Machine
	}
}

// engineCame reports whether the engine was started or stopped between the two.
func (w witness) engineCame() bool { return w.before.Engine != w.after.Engine }

// setByEngine reports whether a container engine sets the parameter when it starts, or the kernel with the forwarding that it turns on.
//
// Source: Docker, "Packet filtering and firewalls"; moby, daemon/libnetwork; Linux, net/ipv4/devinet.c (inet_forward_change).
func setByEngine(key string) bool {
	return strings.HasPrefix(key, "net.bridge.") || strings.HasSuffix(key, ".forwarding") ||
		slices.Contains([]string{"net.ipv4.ip_forward", "net.ipv4.conf.all.route_localnet", "net.ipv4.conf.all.accept_redirects"}, key)
}

// ofRouter reports whether a route is to the anycast address that every router of a subnet has: the kernel makes it for each address of
// the machine with the IPv6 forwarding that an engine turns on. The name is that of package host, by table 255 (local) and type 4 (anycast).
//
// Source: RFC 4291, 2.6.1; Linux, net/ipv6/addrconf.c (dev_forward_change).
func ofRouter(route string) bool {
	return strings.Contains(route, "/128 table 255 ") && strings.HasSuffix(route, " type 4")
}

// engineTables are the tables that iptables makes for an engine.
func engineTables() []string {
	return []string{"ip filter", "ip nat", "ip raw", "ip mangle", "ip6 filter", "ip6 nat", "ip6 raw", "ip6 mangle", "bridge filter"}
}

// kubelets are the parameters of the whole kernel that a kubelet sets, and those of
// the connection tracking that kube-proxy does.
//
// Source: kubernetes, pkg/kubelet/cm setupKernelTunables; cmd/kube-proxy conntrack.
func kubelets() []string {
	return []string{
		"vm.overcommit_memory", "vm.panic_on_oom", "kernel.panic", "kernel.panic_on_oops",
		"kernel.keys.root_maxkeys", "kernel.keys.root_maxbytes",
		"net.netfilter.nf_conntrack_max", "net.nf_conntrack_max",
		"net.netfilter.nf_conntrack_tcp_timeout_established", "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
	}
}
