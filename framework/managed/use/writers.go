package use

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vpcgate/vpcgate/framework/managed"
)

// pool is how many connections a production may have where its library pools them.
const pool = 8

// redisWriter is go-redis as it is when nothing is set, which tries a command four
// times.
type redisWriter struct{ *redis.Client }

func openRedisWriter(life context.Context, l *lines, p *Production) (writer, error) {
	quietRedis()
	r := p.request
	return redisWriter{redis.NewClient(&redis.Options{
		Addr: r.Target.String(), Password: r.Password, PoolSize: pool, ContextTimeoutEnabled: true,
		Dialer:      func(ctx context.Context, _, address string) (net.Conn, error) { return l.dial(ctx, life, address) },
		DialTimeout: r.Timeout, ReadTimeout: r.Timeout, WriteTimeout: r.Timeout, PoolTimeout: patience * r.Timeout,
	})}, nil
}

func (w redisWriter) write(ctx context.Context, n record) (record, error) {
	return n, w.Set(ctx, redisKey(n), n.value, 0).Err()
}

func (w redisWriter) close() { _ = w.Close() }

func readRedis(ctx context.Context, s *session, p *Production, records []record) (map[string]string, error) {
	c := redisClient(ctx, s, p.request)
	defer func() { _ = c.Close() }()
	read, err := redisRead(ctx, c, records)
	if err != nil {
		return nil, redisError(err)
	}
	return read, nil
}

// mysqlWriter is database/sql, which repeats only what was surely not done yet.
type mysqlWriter struct{ *sql.DB }

func openMySQLWriter(life context.Context, l *lines, p *Production) (writer, error) {
	connector, err := mysql.NewConnector(mysqlConfig(p.request, func(address string) (net.Conn, error) { return l.dial(life, life, address) }))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(pool)
	return mysqlWriter{db}, nil
}

func (w mysqlWriter) write(ctx context.Context, n record) (record, error) {
	_, err := w.ExecContext(ctx, "INSERT INTO records VALUES (?, ?)", n.id, n.value)
	return n, err
}

func (w mysqlWriter) close() { _ = w.Close() }

func readMySQL(ctx context.Context, s *session, p *Production, _ []record) (map[string]string, error) {
	connector, err := mysql.NewConnector(mysqlConfig(p.request, s.dialing(ctx)))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(mysqlConnector{connector})
	defer func() { _ = db.Close() }()
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, mysqlError(err)
	}
	defer func() { _ = c.Close() }()
	read, err := mysqlRead(ctx, c, p.prefix())
	if err != nil {
		return nil, mysqlError(err)
	}
	return read, nil
}

// kafkaWriter is franz-go as it is when nothing is set: idempotent, with retries
// until the context of a record ends.
type kafkaWriter struct {
	*kgo.Client
	partitions []int32
}

func openKafkaWriter(life context.Context, l *lines, p *Production) (writer, error) {
	dial := func(address string) (net.Conn, error) { return l.dial(life, life, address) }
	c, err := kgo.NewClient(append(kafkaOptions(p.request, dial),
		kgo.ProduceRequestTimeout(p.request.Timeout), kgo.AllowIdempotentProduceCancellation())...)
	if err != nil {
		return nil, err
	}
	k, err := kafkaMetadata(life, c)
	if err == nil && len(k.partitions) == 0 {
		err = fmt.Errorf("no partition of %s to use", managed.Store)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return kafkaWriter{Client: c, partitions: k.partitions}, nil
}

func (w kafkaWriter) write(ctx context.Context, n record) (record, error) {
	// The number of a record decides of its partition.
	r := &kgo.Record{
		Topic: managed.Store, Partition: w.partitions[int(n.partition)%len(w.partitions)],
		Key: []byte(n.id), Value: []byte(n.value),
	}
	err := w.ProduceSync(ctx, r).FirstErr()
	n.partition, n.offset = r.Partition, r.Offset
	return n, err
}

func (w kafkaWriter) close() { w.Close() }

func readKafka(ctx context.Context, s *session, p *Production, records []record) (map[string]string, error) {
	c, err := kgo.NewClient(append(kafkaOptions(p.request, s.dialing(ctx)), kgo.RequestRetries(0), kgo.RetryTimeout(p.request.Timeout))...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	read, err := kafkaConsume(ctx, c, records, records)
	if err != nil {
		return nil, kafkaError(err)
	}
	return read, nil
}

// amqpWriter logs in anew when its connection has ended, as every client of
// amqp091-go does whose connections may end: what the library has for that is
// experimental.
type amqpWriter struct {
	request Request
	dial    func(address string) (net.Conn, error)
	queue   string

	mu         sync.Mutex
	connection *amqp.Connection
	channel    *amqp.Channel
}

func openAMQPWriter(life context.Context, l *lines, p *Production) (writer, error) {
	return &amqpWriter{
		request: p.request, queue: amqpQueue(p.request.Client + "." + p.life),
		dial: func(address string) (net.Conn, error) {
			c, err := l.dial(life, life, address)
			if err == nil {
				// Until the library has logged in, and lifts it.
				err = c.SetDeadline(time.Now().Add(p.request.Timeout))
			}
			return c, err
		},
	}, nil
}

// usable returns the channel, a new one if the last has ended.
func (w *amqpWriter) usable(ctx context.Context) (*amqp.Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if w.channel != nil && !w.channel.IsClosed() && !w.connection.IsClosed() {
		return w.channel, nil
	}
	w.hangUp()
	c, err := amqpConnect(w.request, w.dial)
	if err != nil {
		return nil, err
	}
	w.connection = c
	w.channel, err = amqpChannel(c, w.queue)
	return w.channel, err
}

func (w *amqpWriter) write(ctx context.Context, n record) (record, error) {
	ch, err := w.usable(ctx)
	if err != nil {
		return n, err
	}
	return n, amqpPublish(ctx, ch, w.queue, n)
}

// hangUp ends the connection. The caller holds the lock.
func (w *amqpWriter) hangUp() {
	if w.connection != nil {
		_ = w.connection.CloseDeadline(longAgo())
	}
	w.connection, w.channel = nil, nil
}

func (w *amqpWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hangUp()
}

func readAMQP(ctx context.Context, s *session, p *Production, _ []record) (read map[string]string, err error) {
	c, err := amqpConnect(p.request, s.dialing(ctx))
	if err != nil {
		return nil, s.amqpError(err)
	}
	defer func() { err = errors.Join(err, s.amqpError(c.Close())) }()
	queue := amqpQueue(p.request.Client + "." + p.life)
	ch, err := amqpChannel(c, queue)
	if err != nil {
		return nil, s.amqpError(err)
	}
	// They are held until all have been read.
	read, last, err := amqpGet(ch, queue, func(string) bool { return true })
	if err == nil && last != 0 {
		err = ch.Ack(last, true)
	}
	// What was read stays read: until the server notices the end of a connection that has failed, it holds them for it.
	return read, s.amqpError(err)
}
