package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// redisProgram is the machine's own Redis, from the version on that can be told at
// run time where to listen.
//
// Source: Redis 7.0 release notes (CONFIG SET bind).
const (
	redisProgram   = "redis-server"
	oldestRedis    = 7
	redisIsReady   = "Ready to accept connections"
	redisVersionIs = "v="
)

// realRedis is a process of it in the namespace of the instance's host. It keeps
// everything in memory and writes no file. It is told what to do over an address of
// the loopback network, which nobody else reaches.
type realRedis struct {
	place   Place
	version string
	control netip.AddrPort
	ended   chan error
	end     context.CancelFunc

	mu sync.Mutex
	is managed.Instance
}

// startRedis serves a cache by the machine's own program if it has one that will
// do, else by the one that is linked in.
func startRedis(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	if _, err := cmd.Find(redisProgram); err != nil {
		return startMiniRedis(ctx, i, o)
	}
	asked, err := cmd.Run(ctx, cmd.Command{Name: redisProgram, Args: []string{"--version"}})
	if err != nil {
		return nil, err
	}
	version := versionOf(asked.Stdout)
	if major, _, _ := strings.Cut(version, "."); number(major) < oldestRedis {
		return startMiniRedis(ctx, i, o)
	}
	return startRealRedis(ctx, i, o, version)
}

// versionOf finds the version in what the program says of itself, such as
// "Redis server v=7.0.15 sha=00000000:0 …".
func versionOf(text string) string {
	for _, word := range strings.Fields(text) {
		if version, ok := strings.CutPrefix(word, redisVersionIs); ok {
			return version
		}
	}
	return "unknown"
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

func startRealRedis(ctx context.Context, i managed.Instance, o Options, version string) (Server, error) {
	n, err := single(i)
	if err != nil {
		return nil, err
	}
	if !ownOf(n).Addr().Is4() {
		return nil, fmt.Errorf("host %s has no address", n.Host)
	}
	r := &realRedis{place: o.Place, version: version, ended: make(chan error, 1), control: controlOf(n), is: i}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	r.end = end
	ready := make(chan struct{})
	go func() { r.ended <- r.run(running, n.Host, sync.OnceFunc(func() { close(ready) })) }()
	select {
	case <-ready:
	case err := <-r.ended:
		end()
		return nil, errors.Join(fmt.Errorf("%s ended before it was ready", redisProgram), err)
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), r.Close())
	}
	name := func(ctx context.Context, c *redis.Client) error {
		return c.Set(ctx, managed.IdentityKey, i.Identity(), 0).Err()
	}
	if err := errors.Join(r.told(ctx, name), r.Adopt(ctx, i)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// controlOf is an address of the loopback network that no other instance has.
func controlOf(n managed.Node) netip.AddrPort {
	const loopback, apart = 127, 128
	own := ownOf(n)
	b := own.Addr().As4()
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{loopback, b[1] | apart, b[2], b[3]}), own.Port())
}

// run runs the program until running ends, and says when it is ready.
func (r *realRedis) run(running context.Context, host string, ready func()) error {
	configuration := fmt.Sprintf("bind %s\nport %d\nrequirepass %q\nsave \"\"\nappendonly no\nprotected-mode no\n",
		r.control.Addr(), r.control.Port(), r.is.Password)
	c := cmd.Command{
		Name: redisProgram, Args: []string{"-"}, Stdin: strings.NewReader(configuration), Dir: os.TempDir(),
	}
	return r.place(host, func() error {
		return cmd.Lines(running, c, func(_ cmd.Stream, line string) {
			if strings.Contains(line, redisIsReady) {
				ready()
			}
		})
	})
}

// told does something over a connection of its own to the control's address.
func (r *realRedis) told(ctx context.Context, do func(context.Context, *redis.Client) error) error {
	c := redis.NewClient(&redis.Options{
		Addr: r.control.String(), Password: r.is.Password, PoolSize: 1, MaxRetries: -1,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			within := probe.Within(func(f func() error) error { return r.place(r.is.Nodes[0].Host, f) })
			return within.Dial(ctx, probe.TCP, netip.AddrPort{}, r.control)
		},
	})
	return errors.Join(do(ctx, c), c.Close())
}

// Instance implements Server.
func (r *realRedis) Instance() managed.Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.is
}

// Program implements Server.
func (r *realRedis) Program() managed.Program {
	return managed.Program{Use: topology.UseRedis, Name: redisProgram, Version: r.version}
}

// Adopt implements Server.
func (r *realRedis) Adopt(ctx context.Context, i managed.Instance) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := sameInstance(r.is, i); err != nil {
		return err
	}
	at := []string{r.control.Addr().String()}
	for _, a := range listens(i.Nodes[0]) {
		at = append(at, a.Addr().String())
	}
	err := r.told(ctx, func(ctx context.Context, c *redis.Client) error {
		err := c.ConfigSet(ctx, "bind", strings.Join(at, " ")).Err()
		if err == nil && len(at) == 1 {
			err = c.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err()
		}
		if err == nil && i.Password != r.is.Password {
			err = c.ConfigSet(ctx, "requirepass", i.Password).Err()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("tell %s: %w", redisProgram, err)
	}
	r.is = i
	return nil
}

// Close implements Server.
func (r *realRedis) Close() error {
	r.end()
	err := <-r.ended
	if errors.Is(err, context.Canceled) {
		return nil // as it was told
	}
	return fmt.Errorf("%s ended by itself: %w", redisProgram, err)
}
