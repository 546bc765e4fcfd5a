package topology_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestServes(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	for _, row := range []struct {
		host string
		port uint16
		want bool
	}{
		{"cache", topology.RedisPort, true},
		{"cache", topology.MySQLPort, false},
		{"cache", 0, false},
		{"proxy", topology.MySQLPort, true},
		{"database", topology.MySQLPort, true},
		{"kafka-1", topology.KafkaPort, true},
		{"kafka-2", topology.KafkaEndpointPort, true},
		{"rabbit", topology.AMQPPort, true},
		{"rabbit", topology.KafkaEndpointPort, false},
		{"inference", topology.HTTPSPort, true},
		{"ecs-p", worlds.WebPort, true},
		{"ecs-p", topology.RedisPort, false},
		{"none", topology.RedisPort, false},
	} {
		if got := w.Serves(row.host, row.port); got != row.want {
			t.Errorf("%s serves on %d: %v", row.host, row.port, got)
		}
		if e, known := w.Endpoint(row.host); known && e.Listens(topology.TCP, row.port) != row.want {
			t.Errorf("%s, as an endpoint, does not listen on %d as it serves", row.host, row.port)
		}
	}
	if e, _ := w.Endpoint("endpoint-k1"); !e.Listens(topology.TCP, topology.KafkaEndpointPort) || e.Listens(topology.UDP, topology.KafkaPort) || len(e.Listeners) > 0 {
		t.Errorf("the endpoint of a broker is %+v", e)
	}
	if (*topology.Managed)(nil).Listens(80) || len((&topology.Managed{Kind: "none"}).Ports()) > 0 {
		t.Error("what is no service listens")
	}
	for _, k := range topology.ManagedKinds() {
		if k.Port() == 0 || k.Use() == "" {
			t.Errorf("%s has port %d and use %q", k, k.Port(), k.Use())
		}
	}
}

func TestBrokers(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	for host, want := range map[string]string{"kafka-2": "kafka-1 kafka-2", "cache": "cache", "ecs-p": "", "none": ""} {
		var got []string
		for _, b := range w.Brokers(host) {
			got = append(got, b.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has brokers %v, want %s", host, got, want)
		}
	}
	kafka, _ := w.Host("kafka-2")
	cache, _ := w.Host("cache")
	if kafka.InstanceName() != "kafka" || cache.InstanceName() != "cache" || w.Hosts[0].InstanceName() != w.Hosts[0].Name {
		t.Error("an instance has another name")
	}
}

func TestToBrokers(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	w.Names = append(w.Names, topology.NameRecord{Name: "bootstrap", Target: "kafka-2", Port: topology.KafkaPort})
	wrongPort := topology.OverKafka("pod-a", "kafka-1")
	wrongPort.Port = 9093
	for _, row := range []struct {
		flow topology.Flow
		want []topology.Flow
	}{
		{topology.OverKafka("pod-a", "kafka-2"), []topology.Flow{topology.OverKafka("pod-a", "kafka-1"), topology.OverKafka("pod-a", "kafka-2")}},
		{topology.OverKafka("pod-a", "bootstrap"), []topology.Flow{topology.OverKafka("pod-a", "kafka-1"), topology.OverKafka("pod-a", "kafka-2")}},
		{topology.OverKafkaEndpoint("pod-a", "endpoint-k2"), []topology.Flow{
			topology.OverKafkaEndpoint("pod-a", "endpoint-k1"), topology.OverKafkaEndpoint("pod-a", "endpoint-k2"),
		}},
		{topology.OverKafka("pod-a", "endpoint-k1"), []topology.Flow{topology.OverKafka("pod-a", "kafka-1"), topology.OverKafka("pod-a", "kafka-2")}},
		{wrongPort, nil},
		{topology.OverKafka("pod-a", "cache"), nil},
		{topology.OverKafka("pod-a", "ecs-p"), nil},
		{topology.OverTCP("pod-a", "kafka-1", topology.KafkaPort), nil},
		{topology.OverRedis("pod-a", "cache"), nil},
	} {
		if got := w.ToBrokers(row.flow); !slices.Equal(got, row.want) {
			t.Errorf("%s goes on to %v, want %v", row.flow, got, row.want)
		}
	}
}

func TestCrossesVPCs(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	for _, row := range []struct {
		flow topology.Flow
		want bool
	}{
		{topology.OverKafka("pod-a", "kafka-1"), true},
		{topology.OverKafkaEndpoint("pod-a", "endpoint-k1"), false},
		{topology.OverRedis("pod-a", "cache"), false},
		{topology.OverRedis("ecs-p", "cache"), true},
		{topology.OverTCP("pod-a", "svc-web", 80), false},
		{topology.OverTCP("pod-a", "none", 80), false},
	} {
		if got := w.CrossesVPCs(row.flow); got != row.want {
			t.Errorf("%s crosses: %v", row.flow, got)
		}
	}
}

// The documentation's table, a row for each kind of block.
func TestDCSForbids(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	for _, row := range []struct {
		instance, client string
		want             bool
	}{
		{"172.16.0.63", "192.168.1.9", true},
		{"172.31.255.63", "192.168.3.9", true},
		{"172.16.0.63", "192.168.4.9", false},
		{"172.16.0.63", "172.31.1.9", false},
		{"192.168.20.63", "172.31.1.9", true},
		{"10.1.0.63", "172.31.2.9", true},
		{"10.1.0.63", "172.31.4.9", false},
		{"10.1.0.63", "192.168.1.9", false},
		{"100.64.0.63", "192.168.1.9", false},
	} {
		for i := range w.Hosts {
			w.Hosts[i].NIC.Address = addr(row.instance)
		}
		if got := w.DCSForbids("cache", addr(row.client)); got != row.want {
			t.Errorf("a cache at %s forbids %s: %v", row.instance, row.client, got)
		}
		if w.DCSForbids("database", addr(row.client)) || w.DCSForbids("ecs-p", addr(row.client)) || w.DCSForbids("none", addr(row.client)) {
			t.Errorf("what is no cache forbids %s", row.client)
		}
	}
	for _, h := range w.Hosts {
		if h.OneVPC() != (h.Name == "cache") {
			t.Errorf("%s serves one VPC: %v", h.Name, h.OneVPC())
		}
	}
}

func TestEngineNetworks_ofModelArts(t *testing.T) {
	w := worlds.Everything(topology.Routed)
	h, _ := w.Host("inference")
	h.Engine = &topology.Engine{Pools: cidrs("172.16.0.0/16", "172.17.0.0/16")}
	var got []string
	for _, n := range w.EngineNetworks(h) {
		got = append(got, n.Name+" "+n.CIDR.String())
	}
	want := "docker0 172.17.0.0/16, modelarts-containers 172.16.0.0/16, modelarts-services 10.247.0.0/16"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	h.Engine = nil
	for address, want := range map[string]string{"172.16.0.10": topology.ModelArtsContainerNetwork, "10.247.0.1": topology.ModelArtsServiceNetwork, "192.168.10.11": ""} {
		if n, held := w.OnBridge(h, addr(address)); n.Name != want || held != (want != "") {
			t.Errorf("%s is on %q", address, n.Name)
		}
	}
}

func TestValidate_managed(t *testing.T) {
	managed := func(name string, edit func(h *topology.Host)) func(w *topology.World) {
		return func(w *topology.World) {
			for i := range w.Hosts {
				if w.Hosts[i].Name == name {
					edit(&w.Hosts[i])
				}
			}
		}
	}
	const cache, broker = `hosts[5] "cache": `, `hosts[9] "kafka-2": `
	checkInvalidIn(t, worlds.Everything, []invalid{
		{"a kind", managed("database", func(h *topology.Host) { h.Managed.Kind = "rds" }), []string{
			`hosts[7] "database": unknown kind "rds" of managed service; it is dcs-redis, rds-mysql, rds-proxy, dms-kafka, dms-rabbitmq, modelarts`,
		}},
		{"a version and a layout", managed("cache", func(h *topology.Host) { h.Managed.Version, h.Managed.Layout = "8.0", "ring" }), []string{
			cache + `unknown version "8.0" of dcs-redis; it is 3.0, 4.0, 5.0, 6.0, 7.0`,
			cache + `unknown layout "ring"; it is empty or cluster`,
		}},
		{"a version that is none", managed("database", func(h *topology.Host) { h.Managed.Version, h.Managed.Layout = "eight", topology.ClusterLayout }), []string{
			`hosts[7] "database": version "eight" of rds-mysql is none; one is such as 3.0`,
			`hosts[7] "database": rds-mysql has no layout cluster; only dcs-redis has`,
		}},
		{"its own port", managed("cache", func(h *topology.Host) {
			h.Listeners = []topology.Listener{{Protocol: topology.TCP, Port: topology.RedisPort}}
		}), []string{cache + `tcp/6379 is listened on already, by hosts[5] "cache"`}},
		{"a stopped broker", managed("kafka-2", func(h *topology.Host) { h.Managed.Stopped = true }), []string{
			broker + "a broker is not stopped by itself; the others would lead its partitions",
		}},
		{"a pool", managed("inference", func(h *topology.Host) { h.IgnoreLinkDown = true }), []string{
			`hosts[11] "inference": the networks of a modelarts pool are never idle`,
		}},
		{"an instance of another kind", managed("rabbit", func(h *topology.Host) { h.Managed.Instance, h.Managed.Endpoint = "kafka", "endpoint-k1" }), []string{
			`hosts[10] "rabbit": only brokers of dms-kafka have an instance or an endpoint`,
		}},
		{"an instance called like a pod", func(w *topology.World) {
			managed("kafka-1", func(h *topology.Host) { h.Managed.Instance = "pod-a" })(w)
			managed("kafka-2", func(h *topology.Host) { h.Managed.Instance = "pod-a" })(w)
		}, []string{`clusters[0].pods[0] "pod-a": the name is taken by hosts[8] "kafka-1" instance`}},
		{"a broker unlike the others", managed("kafka-2", func(h *topology.Host) {
			h.Managed.Version, h.Managed.Password, h.Managed.Endpoint = "2.7", "x", ""
			h.NIC.Subnet, h.NIC.Address = "subnet-b", addr("192.168.20.99")
		}), []string{
			broker + `version "2.7" differs from "3.7" of broker kafka-1 of the same instance`,
			broker + `the password differs from that of broker kafka-1 of the same instance`,
			broker + `all brokers of an instance have an endpoint or none has, unlike kafka-1`,
			broker + `the broker is in vpc-demo, broker kafka-1 of the same instance in vpc-demo2`,
			`translators[3] "endpoint-k2": target kafka-2 is in vpc-demo as well`,
		}},
		{"another's endpoint", managed("kafka-2", func(h *topology.Host) { h.Managed.Endpoint = "endpoint-k1" }), []string{
			broker + `endpoint-k1 is no VPC endpoint for it`,
		}},
		{"an unknown endpoint", managed("kafka-2", func(h *topology.Host) { h.Managed.Endpoint = "none" }), []string{broker + `unknown VPC endpoint "none"`}},
	})
}

func TestValidateFlow_ofServices(t *testing.T) {
	w := worlds.Everything(topology.Tunnel)
	flow := func(edit func(f *topology.Flow)) topology.Flow {
		f := topology.OverRedis("pod-a", "cache")
		edit(&f)
		return f
	}
	for _, row := range []struct {
		flow topology.Flow
		want string
	}{
		{topology.OverRedis("pod-a", "cache"), ""},
		{topology.OverMySQL("ecs-25", "cache"), ""},
		{topology.OverRedis("pod-a", "ecs-p"), ""},
		{topology.OverKafkaEndpoint("pod-a", "endpoint-k1"), ""},
		{topology.Ping("pod-a", "cache"), ""},
		{topology.OverTCP("pod-a", "cache", 80), ""},
		{topology.OverRedis("cache", "rabbit"), "cache is an instance of a managed service, which asks nothing"},
		{topology.OverTCP("pod-a", "cache", topology.RedisPort), "cache serves redis on port 6379; a flow has to use it"},
		{topology.OverTCP("pod-a", "endpoint-k1", topology.KafkaPort), "kafka-1 serves kafka on port 9092; a flow has to use it"},
		{flow(func(f *topology.Flow) { f.Use = "ftp" }), `unknown use "ftp"; it is redis, mysql, kafka, amqp or https`},
		{flow(func(f *topology.Flow) { f.Protocol = topology.UDP }), "only a tcp flow is used"},
		{flow(func(f *topology.Flow) { f.Live = true }), "a flow that is used is neither established before nor carries bytes of its own"},
		{flow(func(f *topology.Flow) { f.Bytes = 9 }), "a flow that is used is neither established before nor carries bytes of its own"},
		{flow(func(f *topology.Flow) { f.Port = 0 }), "tcp needs a port"},
	} {
		got, want := "", row.want
		if err := w.ValidateFlow(row.flow); err != nil {
			got = err.Error()
		}
		if want != "" {
			want = `world everything: flow "` + row.flow.String() + `": ` + want
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAdvise_onServices(t *testing.T) {
	advice := func(edit func(w *topology.World)) string {
		w := worlds.Everything(topology.Routed)
		edit(&w)
		var got []string
		for _, a := range topology.Advise(w) {
			if strings.HasPrefix(a.Place, "hosts[") {
				got = append(got, a.Place+": "+a.What)
			}
		}
		return strings.Join(got, "\n")
	}
	const cache, inference = `hosts[5] "cache": `, `hosts[11] "inference": `
	for _, row := range []struct {
		name, want string
		edit       func(w *topology.World)
	}{
		{"nothing", "", func(*topology.World) {}},
		{"open to all", cache + "every address that reaches dcs-redis 5.0 may connect: no security group applies to it, and it has no whitelist in force", func(w *topology.World) {
			w.Hosts[5].Whitelist.Enabled = false
		}},
		{"several shards behind a peering", cache + "an instance of several shards serves its own VPC only, and cluster demo is in vpc-demo", func(w *topology.World) {
			w.Hosts[5].NIC.Subnet, w.Hosts[5].NIC.Address = "subnet-p", addr("10.1.0.63")
		}},
		{"clients that are not served", cache + "container CIDR 172.31.0.0/16 of cluster demo overlaps 172.31.1.0/24, which it does not serve across a peering\n" +
			cache + "container CIDR 172.31.0.0/16 of cluster demo overlaps 172.31.2.0/24, which it does not serve across a peering\n" +
			cache + "container CIDR 172.31.0.0/16 of cluster demo overlaps 172.31.3.0/24, which it does not serve across a peering", func(w *topology.World) {
			w.Hosts[5].NIC.Subnet, w.Hosts[5].NIC.Address, w.Hosts[5].Managed.Layout = "subnet-p", addr("10.1.0.63"), ""
			w.Clusters[0].ContainerCIDRs = cidrs("172.31.0.0/16")
		}},
		{"nodes that are not served", cache + "subnet subnet-nodes 192.168.1.0/24 of cluster demo overlaps 192.168.1.0/24, which it does not serve across a peering", func(w *topology.World) {
			w.Hosts[5].NIC.Subnet, w.Hosts[5].NIC.Address, w.Hosts[5].Managed.Layout = "subnet-p", addr("172.16.0.63"), ""
			w.VPCs[0].Subnets[0].CIDR = cidr("192.168.1.0/24")
		}},
		{"containers like the pool's", inference + "engine network modelarts-containers 172.16.0.0/16 overlaps container CIDR 172.16.0.0/16 of cluster demo", func(w *topology.World) {
			w.Clusters[0].ContainerCIDRs = cidrs("172.16.0.0/16")
		}},
	} {
		if got := advice(row.edit); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}
