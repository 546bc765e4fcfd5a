package link

import "github.com/vpcgate/vpcgate/framework/internal/netns"

// RouterSettings returns the kernel parameters of a router that is silent and
// forwards whatever its rules let through. They come before the router's first
// interface: the values under "default" are what new interfaces start with, and
// the kernel uses the stricter of "all" and the interface's own.
func RouterSettings() []netns.Setting {
	return []netns.Setting{
		{Key: "net.ipv4.ip_forward", Value: "1"},
		// The source/destination check is a rule with a counter, not a filter
		// that drops without trace.
		{Key: "net.ipv4.conf.all.rp_filter", Value: "0"},
		{Key: "net.ipv4.conf.default.rp_filter", Value: "0"},
		// A packet goes out where it came in when two routes share a link; the
		// cloud does not tell the guest.
		{Key: "net.ipv4.conf.all.send_redirects", Value: "0"},
		{Key: "net.ipv4.conf.default.send_redirects", Value: "0"},
		{Key: "net.ipv4.conf.all.accept_redirects", Value: "0"},
		{Key: "net.ipv4.conf.default.accept_redirects", Value: "0"},
		// Routers answer for every address that they have a route to elsewhere.
		{Key: "net.ipv4.conf.default.proxy_arp", Value: "1"},
		// A connection whose entry was flushed stays cut: its next packet must
		// not count as the start of a new one.
		{Key: "net.netfilter.nf_conntrack_tcp_loose", Value: "0"},
	}
}

// RouterNICSettings returns the kernel parameters of a router's end of a NIC that its
// router's do not give it: it answers ARP at once. The kernel would otherwise wait up to
// 0.8 s, to let real owners answer first, and has no value of this kind for new
// interfaces of a namespace.
func RouterNICSettings(name string) []netns.Setting {
	return []netns.Setting{{Key: "net/ipv4/neigh/" + name + "/proxy_delay", Value: "0"}}
}

// GuestSettings returns the kernel parameters of a simulated host. They do not
// depend on the machine, whose values a new namespace starts with. A host does
// not forward; one that is a node or a gateway sets net.ipv4.ip_forward to 1
// afterwards.
//
// A closed UDP port is always answered: by default the kernel sends one such
// answer per second, and a second probe would look like a drop.
func GuestSettings() []netns.Setting {
	return append(SilentServer(), []netns.Setting{
		{Key: "net.ipv4.ip_forward", Value: "0"},
		{Key: "net.ipv4.icmp_ratelimit", Value: "0"},
		{Key: "net.ipv4.conf.all.accept_redirects", Value: "0"},
		{Key: "net.ipv4.conf.default.accept_redirects", Value: "0"},
		{Key: "net.ipv4.conf.all.rp_filter", Value: "0"},
		{Key: "net.ipv4.conf.default.rp_filter", Value: "0"},
		{Key: "net.ipv4.conf.all.ignore_routes_with_linkdown", Value: "0"},
		{Key: "net.ipv4.conf.default.ignore_routes_with_linkdown", Value: "0"},
		// A sender that finds out by itself what a path carries would hide that
		// nobody told it.
		{Key: "net.ipv4.tcp_mtu_probing", Value: "0"},
	}...)
}

// SilentServer returns the setting that keeps a server from repeating its half of
// a handshake that nobody completes. By default it goes on for a minute, and what
// it repeats would be counted against the questions that follow. A client that
// wants the answer repeats its own half.
func SilentServer() []netns.Setting {
	return []netns.Setting{{Key: "net.ipv4.tcp_synack_retries", Value: "0"}}
}

// ForgetPaths returns the setting that makes a namespace forget what it was told
// of the paths to others, such as a smaller MTU.
func ForgetPaths() []netns.Setting { return []netns.Setting{{Key: "net.ipv4.route.flush", Value: "1"}} }

// SetSysctls sets kernel parameters of a namespace; see netns.Namespace.Sysctls.
func SetSysctls(ns *netns.Namespace, settings ...[]netns.Setting) error {
	var all []netns.Setting
	for _, s := range settings {
		all = append(all, s...)
	}
	return ns.Sysctls(all)
}
