package serve_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// brokers are an instance of three; block is the third octet of their addresses.
func brokers(block int) managed.Instance {
	i := managed.Instance{Name: "kafka", Epoch: "1", Use: topology.UseKafka}
	for n := range 3 {
		own := netip.MustParseAddr(fmt.Sprintf("127.0.%d.%d", block, n+1))
		i.Nodes = append(i.Nodes, managed.Node{
			Host: fmt.Sprintf("kafka-%d", n+1), Listen: netip.AddrPortFrom(own, topology.KafkaPort),
			Endpoint: netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("127.0.%d.%d", block, n+1)), topology.KafkaEndpointPort),
		})
	}
	return i
}

func kafkaClient(t *testing.T, seed string, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(seed), kgo.RecordPartitioner(kgo.ManualPartitioner())}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// metadata asks a seed where everything is.
func metadata(t *testing.T, seed string) *kmsg.MetadataResponse {
	t.Helper()
	request := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(managed.Store)
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(t.Context(), kafkaClient(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func addresses(m *kmsg.MetadataResponse) []string {
	var all []string
	for _, b := range m.Brokers {
		all = append(all, fmt.Sprintf("%d %s:%d", b.NodeID, b.Host, b.Port))
	}
	slices.Sort(all)
	return all
}

func TestKafka_advertisesByPort(t *testing.T) {
	t.Parallel()
	i := brokers(21)
	i.Nodes[2].Endpoint = netip.MustParseAddrPort("192.168.20.66:9011")
	start(t, i, serve.Options{})
	m := metadata(t, "127.0.21.2:9092")
	if got, want := addresses(m), []string{"0 127.0.21.1:9092", "1 127.0.21.2:9092", "2 127.0.21.3:9092"}; !slices.Equal(got, want) {
		t.Errorf("by 9092 %q, want %q", got, want)
	}
	if m.ClusterID == nil || *m.ClusterID != "kafka/1" {
		t.Errorf("cluster %v", m.ClusterID)
	}
	for _, p := range m.Topics[0].Partitions {
		if p.Leader != p.Partition {
			t.Errorf("partition %d is led by %d", p.Partition, p.Leader)
		}
	}
	m = metadata(t, "127.0.21.1:9011")
	if got, want := addresses(m), []string{"0 127.0.21.1:9011", "1 127.0.21.2:9011", "2 192.168.20.66:9011"}; !slices.Equal(got, want) {
		t.Errorf("by 9011 %q, want %q", got, want)
	}
}

// produce writes one record to each partition and reads all back.
func produce(t *testing.T, seed string) {
	t.Helper()
	c := kafkaClient(t, seed)
	var records []*kgo.Record
	for p := range 3 {
		records = append(records, &kgo.Record{Topic: managed.Store, Partition: int32(p), Value: fmt.Appendf(nil, "v%d", p)})
	}
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if got := consume(t, seed, 3); !slices.Equal(got, []string{"v0", "v1", "v2"}) {
		t.Errorf("by %s consumed %q", seed, got)
	}
}

// consume reads so many records from the beginning.
func consume(t *testing.T, seed string, n int) []string {
	t.Helper()
	start := map[int32]kgo.Offset{}
	for p := range 3 {
		start[int32(p)] = kgo.NewOffset().AtStart()
	}
	c := kafkaClient(t, seed, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{managed.Store: start}))
	var values []string
	for len(values) < n {
		fetched := c.PollFetches(t.Context())
		if err := fetched.Err(); err != nil {
			t.Fatal(err)
		}
		fetched.EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	slices.Sort(values)
	return values
}

func TestKafka_isUsedByBothPorts(t *testing.T) {
	t.Parallel()
	for block, port := range map[int]uint16{22: topology.KafkaPort, 23: topology.KafkaEndpointPort} {
		i := brokers(block)
		start(t, i, serve.Options{})
		produce(t, netip.AddrPortFrom(i.Nodes[1].Listen.Addr(), port).String())
	}
}

func TestKafka_keepsDataOverTheDeathOfOneBroker(t *testing.T) {
	t.Parallel()
	i := brokers(24)
	s := start(t, i, serve.Options{})
	produce(t, "127.0.24.1:9092")
	dead := i
	dead.Nodes = slices.Clone(i.Nodes)
	dead.Nodes[1].Listen = netip.AddrPort{}
	adopt(t, s, dead)
	ctx, cancel := context.WithCancel(t.Context())
	c := kafkaClient(t, "127.0.24.1:9092", kgo.RecordRetries(0), kgo.RetryTimeout(1))
	if err := c.ProduceSync(ctx, &kgo.Record{Topic: managed.Store, Partition: 1, Value: []byte("lost")}).FirstErr(); err == nil {
		t.Error("a dead broker took a record")
	}
	cancel()
	if len(addresses(metadata(t, "127.0.24.1:9092"))) != 3 {
		t.Error("a dead broker is not known any more")
	}
	adopt(t, s, i)
	if got := consume(t, "127.0.24.1:9092", 3); !slices.Equal(got, []string{"v0", "v1", "v2"}) {
		t.Errorf("afterwards consumed %q", got)
	}
}

func TestKafka_endsWithWhoSpeaksSomethingElse(t *testing.T) {
	t.Parallel()
	i := brokers(25)
	start(t, i, serve.Options{})
	for _, text := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x00\x00\x00\x10\x7f\x7f\x00\x01aaaabbbbcccc", "\x00\x00\x00\x02aaaaaaaaaaaa"} {
		endsWith(t, i.Nodes[0].Listen, text)
	}
	produce(t, "127.0.25.1:9092")
}
