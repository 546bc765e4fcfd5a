package topology

import "net/netip"

// Mode is how the containers of a cluster talk to the rest of the VPC. The
// zero value is invalid.
//
// Source: cce_10_0281 "Overview" of the container network models.
type Mode string

const (
	// Tunnel is the container tunnel network: a VXLAN overlay between nodes;
	// traffic to outside the container CIDR leaves with the node's address.
	Tunnel Mode = "tunnel"
	// Routed is the VPC network: the VPC's route tables carry one route per
	// node's block, and traffic keeps the container's address towards every
	// destination of the cluster's NonMasqueradeCIDRs.
	Routed Mode = "routed"
)

// Modes lists both modes in the order in which reports show them.
func Modes() []Mode { return []Mode{Tunnel, Routed} }

// World is everything on paper. Names of hosts, nodes and pods share one
// name space, so that a flow can name its ends; so do security groups, route
// tables and peerings, each in a name space of their own.
type World struct {
	Name           string          `yaml:"name"`
	VPCs           []VPC           `yaml:"vpcs"`
	Peerings       []Peering       `yaml:"peerings,omitempty"`
	SecurityGroups []SecurityGroup `yaml:"securityGroups,omitempty"`
	NetworkACLs    []NetworkACL    `yaml:"networkACLs,omitempty"`
	VPNs           []VPN           `yaml:"vpns,omitempty"`
	NATGateways    []NATGateway    `yaml:"natGateways,omitempty"`
	Translators    []Translator    `yaml:"translators,omitempty"`
	LoadBalancers  []LoadBalancer  `yaml:"loadBalancers,omitempty"`
	Hosts          []Host          `yaml:"hosts,omitempty"`
	Clusters       []Cluster       `yaml:"clusters,omitempty"`
	Names          []NameRecord    `yaml:"names,omitempty"`
}

// NameRecord is an address as a user's configuration holds it: a name that
// flows may be directed to and that stands for one host, node or pod. Pointing
// it elsewhere is how "the wrong address was used" is said in a world.
type NameRecord struct {
	Name   string `yaml:"name"`
	Target string `yaml:"target"`
	// Port, when set, replaces the port of every flow directed to the name: a
	// configuration names a port as well.
	Port uint16 `yaml:"port,omitempty"`
}

// NetworkKind says what a network of the world is. All kinds have a router,
// subnets, route tables and hosts.
type NetworkKind string

const (
	// Cloud is a VPC; the zero value means the same.
	Cloud NetworkKind = "vpc"
	// OnPremises is a data centre of the user's, behind a VPN.
	OnPremises NetworkKind = "on-premises"
	// Internet is everything outside, behind a NAT gateway.
	Internet NetworkKind = "internet"
)

// VPC is a virtual private cloud: address blocks, subnets in them, and route
// tables. The first route table is the default one.
type VPC struct {
	Name        string         `yaml:"name"`
	Kind        NetworkKind    `yaml:"kind,omitempty"`
	CIDRs       []netip.Prefix `yaml:"cidrs"`
	Subnets     []Subnet       `yaml:"subnets"`
	RouteTables []RouteTable   `yaml:"routeTables"`
}

// Subnet is a part of a VPC's CIDRs. RouteTable names the table that decides
// for traffic leaving its NICs; empty means the VPC's default table.
type Subnet struct {
	Name       string       `yaml:"name"`
	CIDR       netip.Prefix `yaml:"cidr"`
	RouteTable string       `yaml:"routeTable,omitempty"`
	// ACL names the network ACL that guards the subnet's border; empty means none.
	ACL string `yaml:"acl,omitempty"`
}

// RouteTable holds the custom routes of the subnets associated with it. The
// system (local) routes are not listed: every table has one for each subnet of
// the VPC, and they beat custom routes whatever the prefix length.
//
// Source: VPC user guide, "Route Tables and Routes".
type RouteTable struct {
	Name   string  `yaml:"name"`
	Routes []Route `yaml:"routes,omitempty"`
	// Quota is how many routes the table takes; those beyond it, in the order
	// of Routes, were asked for and never came to be. Zero means no limit.
	//
	// Source: VPC user guide, "Adding a Custom Route"; CCE "Notes and
	// Constraints" (one route per node).
	Quota int `yaml:"quota,omitempty"`
}

// Route sends a destination to a next hop. Exactly one of Peering, VPN, NAT and
// Instance is set: the connection's or gateway's name, or the name of the host
// or node whose NIC receives the traffic.
type Route struct {
	Destination netip.Prefix `yaml:"destination"`
	Peering     string       `yaml:"peering,omitempty"`
	VPN         string       `yaml:"vpn,omitempty"`
	NAT         string       `yaml:"nat,omitempty"`
	Instance    string       `yaml:"instance,omitempty"`
	// Managed marks a route that the container service added for a node's
	// block; users cannot modify such a route.
	Managed bool `yaml:"managed,omitempty"`
}

// PeeringState says whether a peering has been accepted by its other side.
type PeeringState string

const (
	// Active is a peering that carries traffic, given routes on both sides.
	Active PeeringState = "active"
	// Pending is a peering whose request was not accepted yet: it carries nothing.
	Pending PeeringState = "pending"
)

// Peering connects two VPCs, not transitively.
type Peering struct {
	Name  string       `yaml:"name"`
	Local string       `yaml:"local"`
	Peer  string       `yaml:"peer"`
	State PeeringState `yaml:"state"`
}

// NIC is a network interface of a host or node: an address in a subnet and the
// security groups that guard it, in the order in which the cloud evaluates them.
type NIC struct {
	Subnet         string     `yaml:"subnet"`
	Address        netip.Addr `yaml:"address"`
	SecurityGroups []string   `yaml:"securityGroups"`
	// SourceCheckOff turns the source/destination check off. It is on by
	// default: the platform drops what a NIC sends with a source address
	// other than its own.
	SourceCheckOff bool `yaml:"sourceCheckOff,omitempty"`
}

// Host is a simulated cloud host outside every cluster: a peer.
type Host struct {
	Name      string     `yaml:"name"`
	NIC       NIC        `yaml:"nic"`
	Listeners []Listener `yaml:"listeners,omitempty"`
	// Whitelist is the access control of a managed service on this host; nil
	// means that there is none.
	Whitelist *Whitelist `yaml:"whitelist,omitempty"`
	// Managed makes the host an instance of a managed service; nil means that it
	// is a host of the user's own.
	Managed *Managed `yaml:"managed,omitempty"`
	// Engine is a container engine on the host; nil means that there is none.
	Engine *Engine `yaml:"engine,omitempty"`
	// Routes are the host's own static routes; each leads to its subnet's gateway.
	Routes []netip.Prefix `yaml:"routes,omitempty"`
	// Firewall is the operating system's own, behind every security group.
	Firewall []FirewallRule `yaml:"firewall,omitempty"`
	// StrictReversePath is net.ipv4.conf.*.rp_filter=1: a packet whose reply
	// would leave by another interface is dropped before any socket sees it.
	StrictReversePath bool `yaml:"strictReversePath,omitempty"`
	// IgnoreLinkDown is net.ipv4.conf.*.ignore_routes_with_linkdown=1: the
	// route of a bridge that nothing is attached to does not count.
	IgnoreLinkDown bool `yaml:"ignoreLinkDown,omitempty"`
}

// Listener is a port that a host, node or pod answers on.
type Listener struct {
	Protocol Protocol `yaml:"protocol"`
	Port     uint16   `yaml:"port"`
}

// Cluster is a managed Kubernetes cluster.
type Cluster struct {
	Name           string         `yaml:"name"`
	Mode           Mode           `yaml:"mode"`
	ContainerCIDRs []netip.Prefix `yaml:"containerCIDRs"`
	ServiceCIDR    netip.Prefix   `yaml:"serviceCIDR"`
	// NonMasqueradeCIDRs are the destinations towards which a routed-mode pod
	// keeps its own address. Ignored in tunnel mode.
	NonMasqueradeCIDRs []netip.Prefix `yaml:"nonMasqueradeCIDRs,omitempty"`
	Nodes              []Node         `yaml:"nodes"`
	Pods               []Pod          `yaml:"pods,omitempty"`
	// Services are the cluster's, of the kinds ClusterIP and NodePort.
	Services []Service `yaml:"services,omitempty"`
	// NetworkPolicies are enforced in tunnel mode and, as documented, not in
	// routed mode. Source: cce_10_0059.
	NetworkPolicies []NetworkPolicy `yaml:"networkPolicies,omitempty"`
	// DNS is the cluster's DNS where a scenario speaks of it.
	DNS *DNS `yaml:"dns,omitempty"`
	// PodMTU is the MTU of the pods' interfaces in bytes; zero means what the
	// mode leaves room for.
	PodMTU int `yaml:"podMTU,omitempty"`
}

// Node is a cluster node: a cloud host with a block of container addresses.
type Node struct {
	Name string `yaml:"name"`
	NIC  NIC    `yaml:"nic"`
	// Block is the part of a container CIDR that the pods of this node get
	// their addresses from.
	Block netip.Prefix `yaml:"block"`
	// MoreBlocks are further blocks: of a container CIDR that was added
	// (routed), or fetched when the first was used up (tunnel).
	MoreBlocks []netip.Prefix `yaml:"moreBlocks,omitempty"`
	Listeners  []Listener     `yaml:"listeners,omitempty"`
	// Firewall is the operating system's own.
	Firewall []FirewallRule `yaml:"firewall,omitempty"`
	// Cordoned keeps new pods away, as a drained node does.
	Cordoned bool `yaml:"cordoned,omitempty"`
	// ForwardingOff is net.ipv4.ip_forward=0.
	ForwardingOff bool `yaml:"forwardingOff,omitempty"`
	// ConntrackFull is a connection tracking table that takes no new flow.
	ConntrackFull bool `yaml:"conntrackFull,omitempty"`
	// DropsFragNeeded loses the ICMP messages that tell a sender of a smaller
	// MTU on the path, which makes a path-MTU black hole of it.
	DropsFragNeeded bool `yaml:"dropsFragNeeded,omitempty"`
}

// Pod is a container with an address of its own, or, on the host network, with
// its node's. Address is the planned one; a lab that cannot choose it reports
// the one that was given instead. A pod that is Pending found no free address in
// its node's blocks and has none.
type Pod struct {
	Name        string     `yaml:"name"`
	Node        string     `yaml:"node"`
	Address     netip.Addr `yaml:"address"`
	HostNetwork bool       `yaml:"hostNetwork,omitempty"`
	Pending     bool       `yaml:"pending,omitempty"`
	Listeners   []Listener `yaml:"listeners,omitempty"`
}
