package use

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// quietRedis makes go-redis say what it has to say in errors only.
var quietRedis = sync.OnceFunc(logging.Disable)

// redisClient is go-redis without retries, on one connection.
func redisClient(ctx context.Context, s *session, r Request) *redis.Client {
	quietRedis()
	dial := s.dialing(ctx)
	return redis.NewClient(&redis.Options{
		Addr: r.Target.String(), Password: r.Password,
		Dialer:     func(_ context.Context, _, address string) (net.Conn, error) { return dial(address) },
		MaxRetries: -1, DialerRetries: 1, PoolSize: 1, ContextTimeoutEnabled: true,
		DialTimeout: r.own(), ReadTimeout: r.own(), WriteTimeout: r.own(),
	})
}

// useRedis sets a key and gets it back, with all that was set before.
func useRedis(ctx context.Context, s *session, r Request) error {
	c := redisClient(ctx, s, r)
	defer func() { _ = c.Close() }()
	at := fmt.Sprintf("redis-cli -h %s -p %d", r.Target.Addr(), r.Target.Port())
	identity, err := c.Get(ctx, managed.IdentityKey).Result()
	if err != nil {
		return redisError(err)
	}
	s.note(func(got *Result) { got.Identity = identity })
	s.say("%s GET %s: %q", at, managed.IdentityKey, identity)
	// A server that cannot tell says so; then nobody knows.
	if info, err := c.Do(ctx, "CLIENT", "INFO").Text(); err == nil {
		s.note(func(got *Result) { got.Saw = clientInfo(info) })
	}
	b, err := s.book(ctx, r, identity)
	if err != nil {
		return err
	}
	defer b.done()
	n := b.next(r.Client)
	if err := c.Set(ctx, redisKey(n), n.value, 0).Err(); err != nil {
		return redisError(err)
	}
	over := b.acknowledged(n)
	s.say("%s SET %s %s: OK", at, redisKey(n), n.value)
	read, err := redisRead(ctx, c, b.records)
	if err != nil {
		return redisError(err)
	}
	s.say("%s GET %s: %q", at, redisKey(n), read[n.id])
	if err := lost(r, b.check(read)); err != nil {
		return err
	}
	for _, old := range over {
		if err := c.Del(ctx, redisKey(old)).Err(); err != nil {
			return redisError(err)
		}
	}
	return nil
}

func redisKey(r record) string { return managed.Store + ":" + r.id }

// redisRead gets records in one question.
func redisRead(ctx context.Context, c *redis.Client, records []record) (map[string]string, error) {
	read := map[string]string{}
	if len(records) == 0 {
		return read, nil
	}
	keys := make([]string, len(records))
	for i, r := range records {
		keys[i] = redisKey(r)
	}
	values, err := c.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if text, ok := v.(string); ok {
			read[records[i].id] = text
		}
	}
	return read, nil
}

// clientInfo finds the source in what CLIENT INFO answers.
func clientInfo(info string) netip.AddrPort {
	for field := range strings.FieldsSeq(info) {
		if address, ok := strings.CutPrefix(field, "addr="); ok {
			saw, err := netip.ParseAddrPort(address)
			if err == nil {
				return saw
			}
		}
	}
	return netip.AddrPort{}
}

// notListedByRedis is what access controls in front of Redis say, in words only.
//
// Source: Alibaba Cloud ApsaraDB for Redis, "Common connection errors".
const notListedByRedis = "ERR client ip is not in whitelist"

// redisError says what an error of go-redis means, if it is the server's own.
func redisError(err error) error {
	var own redis.Error
	switch {
	case redis.IsAuthError(err), redis.HasErrorPrefix(err, "ERR invalid password"):
		return said(verdict.WrongPassword, err)
	case strings.Contains(err.Error(), notListedByRedis):
		return said(verdict.NotListed, err)
	case errors.Is(err, redis.Nil):
		return said(verdict.OtherProtocol, fmt.Errorf("it is no instance of vpcgate's: %w", err))
	case errors.As(err, &own):
		return said("", err)
	default:
		return err
	}
}
