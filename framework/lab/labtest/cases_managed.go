package labtest

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	cacheLists    = "DCS, Managing IP Address Whitelist"
	cacheVPCs     = "DCS FAQ, Does DCS Support Cross-VPC Access?"
	cachePassword = "DCS, Troubleshooting Redis Connection Failures: the port can be accessed, the authentication fails"
	databaseGroup = "RDS, Configuring a Security Group Rule"
	proxyLists    = "RDS, Enabling or Disabling Access Control: the security group does not apply"
	kafkaPorts    = "DMS for Kafka, Network Connection Conditions"
	rabbitGroup   = "DMS for RabbitMQ, Network Connection Conditions"
	poolNetworks  = "ModelArts, Resource Pool: the container network is 172.16.0.0/16"
)

// Services lists the cases of managed services, which a lab can show that starts
// their servers. They are apart from Cases, which need agents only.
func Services() []Case {
	return slices.Concat(inBoth(ofCaches), ofOldCaches(), ofPeeredCaches(), ofDatabases(), ofProxies(), ofMessages(), ofKafka(), ofKafkaEndpoints(), inBoth(ofPools))
}

// serving makes a host an instance.
func serving(name string, m topology.Managed) edit {
	return onHost(name, func(h *topology.Host) { h.Managed = &m })
}

// refusing has the whitelist of ecs-k say no in a style.
func refusing(style topology.RefusalStyle) edit {
	return onHost("ecs-k", func(h *topology.Host) { h.Whitelist.Refusal = style })
}

// onService is a row about a service on ecs-k of Cluster.
func onService(m topology.Mode, of topology.Managed, name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
	world := edited(Cluster(m), append([]edit{serving("ecs-k", of)}, edits...)...)
	return Case{Name: string(m) + " " + string(of.Kind) + ": " + name, Source: source, World: world, Flow: f, Want: want}
}

// inMode picks what is wanted in a mode.
func inMode(m topology.Mode, tunnel, routed verdict.Verdict) verdict.Verdict {
	if m == topology.Tunnel {
		return tunnel
	}
	return routed
}

// ofCaches are DCS instances from version 4.0 on.
func ofCaches(m topology.Mode) []Case {
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return onService(m, topology.Managed{Kind: topology.DCSRedis, Version: "5.0"}, name, source, f, want, edits...)
	}
	flow, ping := topology.OverRedis("pod-a", "ecs-k"), topology.Ping("pod-a", "ecs-k")
	seen := inMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-a"))
	dropped := verdict.Dropped("vpc", verdict.Whitelist("ecs-k"))
	reset := verdict.RejectedBy("vpc", verdict.Whitelist("ecs-k"), verdict.ConnectionReset)
	notListed := verdict.AppDenied("ecs-k", verdict.NotListed)
	nodes, pods, shut := whitelisted("ecs-k", "192.168.1.0/24"), whitelisted("ecs-k", "172.16.0.0/16"), only("sg-k", topology.Ingress)
	others := whitelisted("ecs-k", "192.168.3.0/24")
	resets, says := refusing(topology.ResetRefusal), refusing(topology.ApplicationRefusal)
	unrouted := onTable("rtb-k", func(t *topology.RouteTable) { t.Routes = nil })
	another := serving("ecs-k", topology.Managed{Kind: topology.DCSRedis, Password: "another"})
	stopped := serving("ecs-k", topology.Managed{Kind: topology.DCSRedis, Stopped: true})
	return []Case{
		row("without a list everybody is served", cacheLists, flow, seen),
		row("no security group applies to it", cacheLists, flow, seen, shut),
		row("nor to a ping", cacheLists, ping, seen, shut),
		row("the nodes' block", cacheLists, flow, inMode(m, seen, dropped), nodes),
		row("the containers' block", cacheLists, flow, inMode(m, dropped, seen), pods),
		row("a node by the nodes' block", cacheLists, topology.OverRedis("node-2", "ecs-k"), verdict.ReachedAs("node-2"), nodes),
		row("a list without a group", cacheLists, flow, seen, onHost("ecs-k", func(h *topology.Host) { h.Whitelist = &topology.Whitelist{Enabled: true} })),
		row("a ping is refused like a connection", cacheLists, ping, dropped, others),
		row("a list that resets", cacheLists, flow, reset, others, resets),
		row("is silent to a ping", cacheLists, ping, dropped, others, resets),
		row("is not heard without a way back", cacheLists, flow, inMode(m, reset, dropped), others, resets, unrouted),
		row("a list that says no", cacheLists, flow, notListed, others, says),
		row("passes a ping", cacheLists, ping, seen, others, says),
		row("and serves who is listed", cacheLists, flow, seen, nodes, onHost("ecs-k", func(h *topology.Host) {
			h.Whitelist.Groups = append(h.Whitelist.Groups, topology.WhitelistGroup{Name: "pods", Entries: whole("172.16.0.0/16")})
		}), says),
		row("it asks for the list before the password", cacheLists, flow, notListed, others, says, another),
		row("another password", cachePassword, flow, verdict.AppDenied("ecs-k", verdict.WrongPassword), another),
		row("the list is asked before the password", cachePassword, flow, dropped, others, another),
		row("one that is stopped", cachePassword, flow, verdict.Refused(), stopped),
		row("one that is stopped says nothing itself", cachePassword, flow, verdict.Refused(), others, says, stopped),
		row("its list does not stop with it", cachePassword, flow, dropped, others, stopped),
		row("another port is closed", cachePassword, redisOn("ecs-k", IdlePort), verdict.Refused()),
		row("another protocol", cachePassword, mysqlOn("ecs-k", topology.RedisPort), verdict.AppDenied("ecs-k", verdict.OtherProtocol)),
		row("the reply ends on a bridge of its host", cacheLists, flow,
			inMode(m, seen, verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", topology.DefaultBridge))),
			onHost("ecs-k", func(h *topology.Host) { h.Engine = &topology.Engine{BridgeIP: prefix("172.16.0.1/16")} })),
		{
			Name: string(m) + " dcs-redis: a host that is none", Source: cachePassword, World: Cluster(m),
			Flow: redisOn("ecs-n", WebPort), Want: verdict.AppDenied("ecs-n", verdict.OtherProtocol),
		},
	}
}

func redisOn(to string, port uint16) topology.Flow {
	f := topology.OverRedis("pod-a", to)
	f.Port = port
	return f
}

func mysqlOn(to string, port uint16) topology.Flow {
	f := topology.OverMySQL("pod-a", to)
	f.Port = port
	return f
}

// ofOldCaches are DCS instances of version 3.0, which their group guards.
func ofOldCaches() []Case {
	row := func(name string, want verdict.Verdict, edits ...edit) Case {
		return onService(topology.Routed, topology.Managed{Kind: topology.DCSRedis, Version: "3.0"}, "3.0: "+name, cacheLists, topology.OverRedis("pod-a", "ecs-k"), want, edits...)
	}
	port := func(cidr string) edit {
		return only("sg-k", topology.Ingress, speaking(from("redis", cidr), topology.TCP, topology.RedisPort))
	}
	shut := verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress))
	return []Case{
		row("its group admits nobody", shut, only("sg-k", topology.Ingress)),
		row("its group admits the nodes", shut, port("192.168.1.0/24")),
		row("its group admits the containers", verdict.ReachedAs("pod-a"), port("172.16.0.0/16")),
	}
}

// beyond adds a peered VPC 172.20.0.0/16 to Cluster, with a cache at .10 of its first
// subnet.
func beyond(m topology.Managed) edit {
	return func(w *topology.World) {
		w.VPCs = append(w.VPCs, vpc("far", "172.20.0.0"))
		w.Peerings = append(w.Peerings, topology.Peering{Name: "peering-far", Local: "vpc", Peer: "vpc-far", State: topology.Active})
		w.SecurityGroups = append(w.SecurityGroups, open("sg-far"))
		cache := host("cache", "subnet-far", "172.20.0.10", "sg-far")
		cache.Managed = &m
		w.Hosts = append(w.Hosts, cache)
		over("172.20.0.0/16", "rtb", "peering-far")(w)
		over("192.168.0.0/16", "rtb-far", "peering-far")(w)
		over("172.16.0.0/16", "rtb-far", "peering-far")(w)
	}
}

// ofPeeredCaches are DCS instances in another VPC. The nodes of Cluster are in one of
// the blocks that an instance in 172.16.0.0/12 does not serve.
func ofPeeredCaches() []Case {
	row := func(m topology.Mode, name string, of topology.Managed, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		of.Kind = topology.DCSRedis
		world := edited(Cluster(m), append([]edit{beyond(of)}, edits...)...)
		return Case{Name: string(m) + " dcs-redis across a peering: " + name, Source: cacheVPCs, World: world, Flow: f, Want: want}
	}
	single, shards := topology.Managed{}, topology.Managed{Layout: topology.ClusterLayout}
	flow := topology.OverRedis("pod-a", "cache")
	forbidden, oneVPC := verdict.Dropped("vpc-far", verdict.DCSForbidden("cache")), verdict.Dropped("vpc-far", verdict.DCSOneVPC("cache"))
	const routed, tunnel = topology.Routed, topology.Tunnel
	return []Case{
		row(routed, "a node in a forbidden block", single, topology.OverRedis("node-1", "cache"), forbidden),
		row(routed, "a ping of it", single, topology.Ping("node-1", "cache"), forbidden),
		row(routed, "a pod outside of it", single, flow, verdict.ReachedAs("pod-a")),
		row(tunnel, "a pod that is seen as its node", single, flow, forbidden),
		row(routed, "before the list is asked", single, topology.OverRedis("node-1", "cache"), forbidden, whitelisted("cache", "10.0.0.0/8")),
		row(routed, "after the way was found", single, flow, verdict.ReplyLost("cache", "vpc-far", verdict.Blackhole("rtb-far")), withdraw("172.16.0.0/16", "rtb-far")),
		row(routed, "several shards", shards, flow, oneVPC),
		row(tunnel, "several shards", shards, flow, oneVPC),
		row(routed, "several shards in the own VPC", shards, topology.OverRedis("pod-a", "ecs-k"), verdict.ReachedAs("pod-a"),
			serving("ecs-k", topology.Managed{Kind: topology.DCSRedis, Layout: topology.ClusterLayout})),
		row(routed, "another service", single, topology.OverMySQL("node-1", "cache"), verdict.ReachedAs("node-1"),
			serving("cache", topology.Managed{Kind: topology.RDSMySQL})),
	}
}

// ofDatabases are RDS instances, which their group guards.
func ofDatabases() []Case {
	row := func(m topology.Mode, name string, want verdict.Verdict, edits ...edit) Case {
		return onService(m, topology.Managed{Kind: topology.RDSMySQL}, name, databaseGroup, topology.OverMySQL("pod-a", "ecs-k"), want, edits...)
	}
	shut := verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress))
	members := only("sg-k", topology.Ingress, ofGroup(from("nodes", "0.0.0.0/0"), "sg-node-1"))
	return []Case{
		row(topology.Routed, "a group that names the nodes' group", shut, members),
		row(topology.Tunnel, "a group that names the nodes' group", verdict.ReachedAs("node-1"), members),
		row(topology.Routed, "another password", verdict.AppDenied("ecs-k", verdict.WrongPassword),
			serving("ecs-k", topology.Managed{Kind: topology.RDSMySQL, Password: "another"})),
	}
}

// ofProxies are database proxies, which their list guards.
func ofProxies() []Case {
	row := func(name string, want verdict.Verdict, edits ...edit) Case {
		return onService(topology.Routed, topology.Managed{Kind: topology.RDSProxy}, name, proxyLists, topology.OverMySQL("pod-a", "ecs-k"), want, edits...)
	}
	blocking := func(cidrs ...string) edit {
		return func(w *topology.World) {
			whitelisted("ecs-k", cidrs...)(w)
			onHost("ecs-k", func(h *topology.Host) { h.Whitelist.Block = true })(w)
		}
	}
	shut, seen, dropped := only("sg-k", topology.Ingress), verdict.ReachedAs("pod-a"), verdict.Dropped("vpc", verdict.Whitelist("ecs-k"))
	return []Case{
		row("without a list", seen, shut),
		row("an allowlist without the containers", dropped, whitelisted("ecs-k", "192.168.1.0/24")),
		row("an allowlist with them", seen, shut, whitelisted("ecs-k", "172.16.0.0/16")),
		row("a blocklist without the containers", seen, blocking("192.168.1.0/24")),
		row("a blocklist with them", dropped, blocking("172.16.0.0/16")),
		row("a blocklist that resets", verdict.RejectedBy("vpc", verdict.Whitelist("ecs-k"), verdict.ConnectionReset),
			blocking("172.16.0.0/16"), refusing(topology.ResetRefusal)),
		row("a blocklist that says no", verdict.AppDenied("ecs-k", verdict.NotListed),
			blocking("172.16.0.0/16"), refusing(topology.ApplicationRefusal)),
	}
}

// ofMessages are RabbitMQ instances, which their group guards.
func ofMessages() []Case {
	row := func(name string, want verdict.Verdict, edits ...edit) Case {
		return onService(topology.Routed, topology.Managed{Kind: topology.DMSRabbitMQ}, name, rabbitGroup, topology.OverAMQP("pod-a", "ecs-k"), want, edits...)
	}
	return []Case{
		row("its group admits everybody", verdict.ReachedAs("pod-a")),
		row("its group admits nobody", verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)), only("sg-k", topology.Ingress)),
		row("another password", verdict.AppDenied("ecs-k", verdict.WrongPassword),
			serving("ecs-k", topology.Managed{Kind: topology.DMSRabbitMQ, Password: "another"})),
	}
}

// brokers puts two brokers of one instance into a world, each in a group of its own.
func brokers(subnet string, endpoints ...string) edit {
	return func(w *topology.World) {
		_, s, _ := w.SubnetOf(subnet)
		address := s.CIDR.Addr().As4()
		for i, name := range []string{"kafka-1", "kafka-2"} {
			address[3] = byte(66 + i)
			b := host(name, subnet, netip.AddrFrom4(address).String(), "sg-"+name)
			b.Managed = &topology.Managed{Kind: topology.DMSKafka, Instance: "kafka"}
			if i < len(endpoints) {
				b.Managed.Endpoint = endpoints[i]
			}
			w.Hosts = append(w.Hosts, b)
			w.SecurityGroups = append(w.SecurityGroups, open("sg-"+name))
		}
	}
}

// ofKafka are instances of two brokers, used by their own addresses.
func ofKafka() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{
			Name: string(m) + " dms-kafka: " + name, Source: kafkaPorts, Flow: f, Want: want,
			World: edited(Cluster(m), append([]edit{brokers("subnet-k")}, edits...)...),
		}
	}
	flow, second := topology.OverKafka("pod-a", "kafka-1"), topology.OverKafka("pod-a", "kafka-2")
	shut := func(broker string) verdict.Verdict {
		return verdict.Dropped("vpc", verdict.DefaultDeny(broker, topology.Ingress))
	}
	wrongPort := flow
	wrongPort.Port = IdlePort
	return []Case{
		row(topology.Routed, "both brokers are reached", flow, verdict.ReachedAs("pod-a")),
		row(topology.Tunnel, "both brokers are reached", flow, verdict.ReachedAs("node-1")),
		row(topology.Routed, "beginning with the second", second, verdict.ReachedAs("pod-a")),
		row(topology.Routed, "the first broker's group is shut", flow, shut("kafka-1"), only("sg-kafka-1", topology.Ingress)),
		row(topology.Routed, "only the other broker's group is shut", flow, shut("kafka-2"), only("sg-kafka-2", topology.Ingress)),
		row(topology.Tunnel, "only the other broker's group is shut", flow, shut("kafka-2"), only("sg-kafka-2", topology.Ingress)),
		row(topology.Routed, "both are shut", second, shut("kafka-2"), only("sg-kafka-1", topology.Ingress), only("sg-kafka-2", topology.Ingress)),
		row(topology.Routed, "a ping does not go on to the other", topology.Ping("pod-a", "kafka-1"), verdict.ReachedAs("pod-a"), only("sg-kafka-2", topology.Ingress)),
		row(topology.Routed, "another port is closed", wrongPort, verdict.Refused()),
	}
}

// ofKafkaEndpoints are the same brokers behind VPC endpoints, one each, between VPCs
// with the same addresses.
func ofKafkaEndpoints() []Case {
	endpoints := func(w *topology.World) {
		w.SecurityGroups = append(w.SecurityGroups, open("sg-t"))
		for i, target := range []string{"kafka-1", "kafka-2"} {
			w.Translators = append(w.Translators, topology.Translator{
				Name: []string{"endpoint-1", "endpoint-2"}[i], Kind: topology.VPCEndpoint, Target: target,
				Source: netip.AddrFrom4([4]byte{198, 19, 128, byte(7 + i)}),
				NIC:    topology.NIC{Subnet: "subnet-a", Address: netip.AddrFrom4([4]byte{10, 1, 0, byte(101 + i)}), SecurityGroups: []string{"sg-t"}},
			})
		}
	}
	row := func(name string, want verdict.Verdict, edits ...edit) Case {
		return Case{
			Name: "dms-kafka by endpoints: " + name, Source: endpointServers + "; " + kafkaPorts,
			World: edited(Twins(), append([]edit{brokers("subnet-b", "endpoint-1", "endpoint-2"), endpoints}, edits...)...),
			Flow:  topology.OverKafkaEndpoint("ecs-a2", "endpoint-1"), Want: want,
		}
	}
	admitting := func(broker, cidr string) edit {
		return only("sg-"+broker, topology.Ingress, speaking(from("endpoint", cidr), topology.TCP, topology.KafkaEndpointPort))
	}
	shut := func(broker string) verdict.Verdict {
		return verdict.Dropped("vpc-b", verdict.DefaultDeny(broker, topology.Ingress))
	}
	return []Case{
		row("every broker sees its endpoint", verdict.ReachedAs("endpoint-1")),
		row("the groups admit the endpoints", verdict.ReachedAs("endpoint-1"),
			admitting("kafka-1", "198.19.128.0/17"), admitting("kafka-2", "198.19.128.0/17")),
		row("the groups admit the clients", shut("kafka-1"), admitting("kafka-1", "10.1.0.0/16"), admitting("kafka-2", "10.1.0.0/16")),
		row("one of the groups does", shut("kafka-2"), admitting("kafka-2", "10.1.0.0/16")),
	}
}

// ofPools are ModelArts services, whose container network holds the containers'
// addresses of Cluster.
func ofPools(m topology.Mode) []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return onService(m, topology.Managed{Kind: topology.ModelArts}, name, poolNetworks, f, want, edits...)
	}
	lost := verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", topology.ModelArtsContainerNetwork))
	answered := inMode(m, verdict.ReachedAs("node-1"), lost)
	return []Case{
		row("an answer to an address of the pool's own stays in it", topology.OverHTTPS("pod-a", "ecs-k"), answered),
		row("so does that of a ping", topology.Ping("pod-a", "ecs-k"), answered),
		row("a node is answered", topology.OverHTTPS("node-1", "ecs-k"), verdict.ReachedAs("node-1")),
		row("its group is asked first", topology.OverHTTPS("pod-a", "ecs-k"),
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)), only("sg-k", topology.Ingress)),
		row("another token", topology.OverHTTPS("node-1", "ecs-k"), verdict.AppDenied("ecs-k", verdict.WrongPassword),
			serving("ecs-k", topology.Managed{Kind: topology.ModelArts, Password: "another"})),
	}
}

// ServicesOnClusters lists the cases of managed services that only real clusters
// show, and the oracle: a Service of the cluster has an address of the service's.
func ServicesOnClusters() []Case {
	return inBoth(func(m topology.Mode) []Case {
		capturing := func(w *topology.World) {
			c := &w.Clusters[0]
			c.ServiceCIDR = prefix("172.20.0.0/16")
			c.Services = append(c.Services, topology.Service{
				Name: "other", Address: netip.MustParseAddr("172.20.0.10"), Protocol: topology.TCP,
				Port: topology.RedisPort, TargetPort: WebPort, Backends: []string{"pod-a2"},
			})
		}
		return []Case{{
			Name: string(m) + " dcs-redis: a cluster IP has its address", Source: "cce_bestpractice, Planning CIDR Blocks for a Cluster: Service CIDR",
			World: edited(Cluster(m), beyond(topology.Managed{Kind: topology.DCSRedis}), capturing),
			Flow:  topology.OverRedis("pod-a", "cache"), Want: verdict.Misdelivered("pod-a2"),
		}}
	})
}
