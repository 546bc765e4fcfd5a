package config

import "time"

// Budget is how long what is allowed again may still fail after a fault of one kind came or went.
type Budget struct {
	// Fault is the kind's name, see package chaos.
	Fault string
	// Documented is what the cloud promises; zero where it promises nothing.
	Documented time.Duration
	// Here is what the labs on this machine are held to: their rules are in force when an adoption returns, so it covers only
	// what a client or a server still has to notice.
	Here time.Duration
	// Source is where the documentation speaks of it, or why it does not.
	Source string
}

// Budgets is the one table of them. A kind that is not in it has none: whatever fails after it is a violation.
func Budgets() []Budget {
	const (
		atOnce  = 100 * time.Millisecond
		restart = time.Second
	)
	return []Budget{
		{"rule-revoked", 60 * time.Second, atOnce, "VPC user guide, Security Groups and Security Group Rules: tracking of ICMP ends after 30 s; a change within a minute"},
		{"rule-denies", 60 * time.Second, atOnce, "VPC user guide, Security Groups and Security Group Rules: tracking of ICMP ends after 30 s; a change within a minute"},
		{"whitelist-overwritten", 0, atOnce, "DCS, Managing IP Address Whitelist: it takes effect; no time is given"},
		{"route-withdrawn", 0, atOnce, "VPC user guide, Managing Routes: no time is given"},
		{"peering-deleted", 0, atOnce, "VPC user guide, VPC Peering Connection Overview: no time is given"},
		{"acl-attached", 0, atOnce, "VPC user guide, Firewall Overview: new connections at once; no time is given"},
		{"engine-conflict", 0, atOnce, "CCE, Configuring Intra-VPC Access: no time is given"},
		{"engine-grew", 0, atOnce, "CCE, Configuring Intra-VPC Access: no time is given"},
		{"masquerade-changed", 60 * time.Second, atOnce, "CCE best practice, Accessing an IP Address Outside a Cluster by Using Source Pod IP: within 1 minute"},
		{"source-check-on", 0, atOnce, "VPC user guide, Configuring an SNAT Server: no time is given"},
		{"forwarding-off", 0, atOnce, "CCE, High-Risk Operations: the network becomes inaccessible; no time is given"},
		{"conntrack-full", 0, atOnce, "CCE, node fault detection (ConntrackFull): no time is given"},
		{"firewall-raised", 0, atOnce, "VPC peering FAQ, item 3: no time is given"},
		{"service-stopped", 0, restart, "none: how long a restart takes is the service's own"},
		{"pod-moved", 0, restart, "DCS, Managing IP Address Whitelist; CCE, Overview of Network Models (a pod's address is of its node's block): no time is given"},
		{"node-drained", 0, restart, "CCE, Overview of Network Models; Kubernetes, Safely Drain a Node (pods are recreated elsewhere): no time is given"},
		{"cidr-expanded", 0, restart, "CCE, Expanding the Container CIDR Block: no time is given"},
		{"service-restarted", 0, restart, "none: how long a restart takes is the service's own"},
		{"router-restarted", 0, atOnce, "none: a router that forgets is the platform's own affair"},
		{"conntrack-flushed", 0, atOnce, "none: what a node's kernel forgets it learns again with the next packet"},
		{"machine-lost", 0, restart, "none: how long a machine takes to come back is its own; counted from when it is back"},
		{"machine-paused", 0, restart, "none: counted from when its programs go on"},
		{"machine-rebooted", 0, restart, "none: counted from when it is back"},
		{"packets-lost", 0, atOnce, "none: counted from when no packet is lost any more"},
		{"bandwidth-limited", 0, restart, "none: counted from when the link is wide again; what queued goes with the queue"},
		{"packets-reordered", 0, restart, "none: counted from when packets keep their order"},
		{"mtu-lowered", 0, atOnce, "none: counted from when the link carries full packets"},
		{"overlay-dropped", 0, atOnce, "CCE, Container Tunnel Network Model: VXLAN between nodes over UDP 4789; no time is given"},
		{"kubelet-stopped", 0, 0, "Kubernetes, Nodes: the containers of a node go on without its kubelet, so nothing may fail"},
		{"proxy-stopped", 0, 0, "Kubernetes, Virtual IPs and Service Proxies: rules stay as they are, so nothing may fail"},
		{"api-unreachable", 0, 0, "Kubernetes, Cluster Architecture: the data plane does not ask the control plane, so nothing may fail"},
		{"dns-gone", 0, restart, "CCE, CoreDNS: no time is given; counted from when a server is ready"},
	}
}

// BudgetOf finds the budget of a kind of faults.
func BudgetOf(fault string) (Budget, bool) {
	for _, b := range Budgets() {
		if b.Fault == fault {
			return b, true
		}
	}
	return Budget{}, false
}

// Chaos is the pace of traffic and faults.
type Chaos struct {
	// Pace is between two operations of one flow, UsePace between two uses of a managed service.
	Pace, UsePace time.Duration
	// Quick is how long an edit is in force that is one of many in quick succession.
	Quick time.Duration
	// Patience is how long an operation waits for an answer. It is shorter than a kernel waits before it repeats a SYN, so
	// that every operation meets the network once.
	Patience time.Duration
	// Stall is how late the traffic's clock may be before the machine counts as having stood still.
	Stall time.Duration
	// Backoff is what a silent connection may take at least to repeat what was lost.
	Backoff time.Duration
	// Held is how long a message broker may hold what it gave to a connection that has failed: heartbeats of a second, which is the
	// least, and some time to notice that they do not come.
	Held time.Duration
	// Tally is how long, once a schedule is over, a client may take to write its last and to read back what was acknowledged.
	Tally time.Duration
	// Spread is by how much longer than it has to a step may last.
	Spread time.Duration
	// Episode is how long the traffic of one schedule may last.
	Episode time.Duration
	// Glance is between two looks at what the process holds.
	Glance time.Duration
	// Grace is how long after a lab says that it is done both worlds may still be met.
	Grace time.Duration
	// Lenience is how many times a budget of the table the lab is given.
	Lenience int
}

// LeastSoak is how long a run has to be for what it holds to be judged.
const LeastSoak = 10 * time.Minute

// DefaultChaos returns the pace for labs of namespaces, several of which share two cores.
func DefaultChaos() Chaos {
	return Chaos{
		Pace: 50 * time.Millisecond, UsePace: 100 * time.Millisecond, Quick: 70 * time.Millisecond, Patience: 250 * time.Millisecond,
		Stall: 60 * time.Millisecond, Backoff: time.Second, Spread: 200 * time.Millisecond,
		Held: 4 * time.Second, Tally: 15 * time.Second, Episode: 5 * time.Minute, Glance: time.Second,
	}
}

// KindChaos returns the pace for a cluster, whose agents are in pods, nodes and containers, and share the machine with all of
// Kubernetes. It needs no grace either: what it changes in the kernel is in force when an adoption returns, and what Kubernetes writes
// is waited for and read back.
func KindChaos() Chaos {
	return Chaos{
		Pace: 100 * time.Millisecond, UsePace: 250 * time.Millisecond, Quick: 200 * time.Millisecond, Patience: 400 * time.Millisecond,
		Stall: 100 * time.Millisecond, Backoff: 2 * time.Second, Spread: 500 * time.Millisecond,
		Held: 8 * time.Second, Tally: 30 * time.Second, Episode: 5 * time.Minute, Glance: DefaultChaos().Glance, Lenience: 5,
	}
}

// Budget is how long what is allowed again may still fail after a fault of a kind came or went on the lab.
func (c Chaos) Budget(fault string) time.Duration {
	b, _ := BudgetOf(fault)
	return time.Duration(max(c.Lenience, 1)) * b.Here
}

// Scale returns the pace for a machine that is slower by a factor. A patience of a second and more would meet repetitions.
func (c Chaos) Scale(factor float64) Chaos {
	for _, d := range []*time.Duration{&c.Pace, &c.UsePace, &c.Quick, &c.Patience, &c.Stall, &c.Backoff, &c.Held, &c.Tally, &c.Spread, &c.Grace} {
		*d = time.Duration(float64(*d) * factor)
	}
	c.Patience = min(c.Patience, 900*time.Millisecond)
	return c
}

// Enough is how long a world has to be in force for every flow to be asked, and to have its silence judged, in it.
func (c Chaos) Enough() time.Duration { return max(c.Pace, c.UsePace) + c.Patience + c.Stall }

// EnoughLive is the same for connections that stand: each is used again only when its last use has ended.
func (c Chaos) EnoughLive() time.Duration { return c.Enough() + c.Patience }
