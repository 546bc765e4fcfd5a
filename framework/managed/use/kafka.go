package use

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// kafkaOptions are what every Kafka client of ours has.
func kafkaOptions(r Request, dial func(address string) (net.Conn, error)) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(r.Target.String()),
		kgo.Dialer(func(_ context.Context, _, address string) (net.Conn, error) { return dial(address) }),
		kgo.ClientID(r.Client),
		kgo.DialTimeout(r.Timeout), kgo.RequestTimeoutOverhead(r.Timeout),
		kgo.DisableClientMetrics(), kgo.DisableFetchSessions(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// What is not there any more must not be passed over.
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	}
}

// useKafka produces to every partition and consumes what it produced, with all
// that it produced before. It speaks to one broker after the other, in the order
// of their ids, and stops at the first that cannot be reached.
func useKafka(ctx context.Context, s *session, r Request) error {
	c, err := kgo.NewClient(append(kafkaOptions(r, s.dialing(ctx)),
		kgo.RequestRetries(0), kgo.RetryTimeout(r.Timeout), kgo.RecordRetries(0), kgo.UnknownTopicRetries(0),
		kgo.AllowIdempotentProduceCancellation(), kgo.MetadataMinAge(r.Timeout/grace),
	)...)
	if err != nil {
		return err
	}
	defer c.Close()
	cluster, err := kafkaMetadata(ctx, c)
	if err != nil {
		return kafkaError(fmt.Errorf("bootstrap broker %s: %w", r.Target, err))
	}
	s.note(func(got *Result) { got.Identity = cluster.identity })
	s.say("kafka %s: cluster %s has %d brokers and %d partitions of %s",
		r.Target, cluster.identity, len(cluster.brokers), len(cluster.partitions), managed.Store)
	if r.Alone {
		cluster = cluster.alone(r.Target)
	}
	for _, b := range cluster.brokers {
		s.note(func(got *Result) { got.At = b.at })
		if _, err := c.Broker(int(b.id)).Request(ctx, kmsg.NewPtrApiVersionsRequest()); err != nil {
			return kafkaError(fmt.Errorf("broker %d at %s: %w", b.id, b.at, err))
		}
		s.say("kafka broker %d at %s: it answers", b.id, b.at)
	}
	s.note(func(got *Result) { got.At = netip.AddrPort{} })
	if len(cluster.partitions) == 0 {
		return said(verdict.OtherProtocol, fmt.Errorf("no partition of %s to use", managed.Store))
	}
	if r.Alone {
		return kafkaError(kafkaLeads(ctx, s, c, cluster))
	}
	b, err := s.book(ctx, r, cluster.identity)
	if err != nil {
		return err
	}
	defer b.done()
	written, err := kafkaProduce(ctx, c, b, r.Client, cluster.partitions)
	if err != nil {
		return kafkaError(err)
	}
	for _, n := range written {
		b.acknowledged(n)
		s.say("produce %s to %s/%d: acknowledged at offset %d", n.id, managed.Store, n.partition, n.offset)
	}
	read, err := kafkaConsume(ctx, c, b.records, written)
	if err != nil {
		return kafkaError(err)
	}
	s.say("consume from %s: %d records of %s's", managed.Store, len(read), r.Client)
	return lost(r, b.check(read))
}

// kafkaCluster is what a broker says of its instance.
type kafkaCluster struct {
	identity   string
	brokers    []kafkaBroker // by id
	partitions []int32
	leaders    map[int32]int32
}

// kafkaBroker is a broker as it is advertised.
type kafkaBroker struct {
	id int32
	at netip.AddrPort
}

// kafkaMetadata asks who the brokers are and which partitions there are.
func kafkaMetadata(ctx context.Context, c *kgo.Client) (kafkaCluster, error) {
	q := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = kmsg.StringPtr(managed.Store)
	q.Topics = append(q.Topics, t)
	answer, err := q.RequestWith(ctx, c)
	if err != nil {
		return kafkaCluster{}, err
	}
	k := kafkaCluster{leaders: map[int32]int32{}}
	if answer.ClusterID != nil {
		k.identity = *answer.ClusterID
	}
	for _, b := range answer.Brokers {
		at, err := netip.ParseAddrPort(net.JoinHostPort(b.Host, fmt.Sprint(b.Port)))
		if err != nil {
			return k, said(verdict.OtherProtocol, fmt.Errorf("broker %d advertises no address: %w", b.NodeID, err))
		}
		k.brokers = append(k.brokers, kafkaBroker{id: b.NodeID, at: at})
	}
	slices.SortFunc(k.brokers, func(a, b kafkaBroker) int { return cmp.Compare(a.id, b.id) })
	for _, t := range answer.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return k, fmt.Errorf("topic %s: %w", managed.Store, err)
		}
		for _, p := range t.Partitions {
			k.partitions = append(k.partitions, p.Partition)
			k.leaders[p.Partition] = p.Leader
		}
	}
	slices.Sort(k.partitions)
	return k, nil
}

// alone leaves the broker at an address and the partitions that it leads.
func (k kafkaCluster) alone(at netip.AddrPort) kafkaCluster {
	k.brokers = slices.DeleteFunc(k.brokers, func(b kafkaBroker) bool { return b.at != at })
	k.partitions = slices.DeleteFunc(k.partitions, func(p int32) bool {
		return !slices.ContainsFunc(k.brokers, func(b kafkaBroker) bool { return b.id == k.leaders[p] })
	})
	return k
}

// kafkaLeads asks a broker that is alone for the ends of its partitions, which only
// their leader tells.
func kafkaLeads(ctx context.Context, s *session, c *kgo.Client, k kafkaCluster) error {
	q := kmsg.NewPtrListOffsetsRequest()
	q.ReplicaID = -1
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic = managed.Store
	for _, n := range k.partitions {
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.Timestamp = n, -1 // the end
		t.Partitions = append(t.Partitions, p)
	}
	q.Topics = append(q.Topics, t)
	answer, err := q.RequestWith(ctx, c.Broker(int(k.brokers[0].id)))
	if err != nil {
		return err
	}
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("partition %d: %w", p.Partition, err)
			}
			s.say("kafka broker %d: it leads %s/%d up to offset %d", k.brokers[0].id, t.Topic, p.Partition, p.Offset)
		}
	}
	return nil
}

// kafkaProduce produces one record to each partition.
func kafkaProduce(ctx context.Context, c *kgo.Client, b *book, client string, partitions []int32) ([]record, error) {
	written := make([]record, len(partitions))
	batch := make([]*kgo.Record, len(partitions))
	for i, p := range partitions {
		written[i] = b.next(client)
		batch[i] = &kgo.Record{Topic: managed.Store, Partition: p, Key: []byte(written[i].id), Value: []byte(written[i].value)}
	}
	if err := c.ProduceSync(ctx, batch...).FirstErr(); err != nil {
		return nil, err
	}
	for i, r := range batch {
		written[i].partition, written[i].offset = r.Partition, r.Offset
	}
	return written, nil
}

// kafkaConsume consumes from the oldest of the records up to the newest, partition
// by partition.
func kafkaConsume(ctx context.Context, c *kgo.Client, records, newest []record) (map[string]string, error) {
	ends := map[int32]int64{}
	for _, n := range newest {
		ends[n.partition] = max(ends[n.partition], n.offset)
	}
	from := map[int32]kgo.Offset{}
	oldest := map[int32]int64{}
	for _, n := range records {
		if _, wanted := ends[n.partition]; !wanted {
			continue
		}
		if first, ok := oldest[n.partition]; !ok || n.offset < first {
			oldest[n.partition] = n.offset
			from[n.partition] = kgo.NewOffset().At(n.offset)
		}
	}
	c.AddConsumePartitions(map[string]map[int32]kgo.Offset{managed.Store: from})
	read := map[string]string{}
	for len(ends) > 0 {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return nil, err
		}
		var failed error
		fetches.EachError(func(_ string, p int32, err error) {
			failed = errors.Join(failed, fmt.Errorf("partition %d: %w", p, err))
		})
		if failed != nil {
			return nil, failed
		}
		fetches.EachRecord(func(got *kgo.Record) {
			read[string(got.Key)] = string(got.Value)
			if end, open := ends[got.Partition]; open && got.Offset >= end {
				delete(ends, got.Partition)
			}
		})
	}
	return read, nil
}

// kafkaError says what an error of the library means, if it is a broker's own.
func kafkaError(err error) error {
	var own *kerr.Error
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		return said(verdict.DataLost, err)
	case errors.As(err, &own):
		return said("", err)
	default:
		return err
	}
}
