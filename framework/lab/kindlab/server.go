package kindlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/managed/use"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// server is an instance of a managed service as a real server: a container that
// shares the network namespace of its host, as a host's container engine does. What
// it keeps is in the container's own file system and outlives its process.
type server struct {
	lab    *Lab
	recipe recipe
	host   *body
	image  string

	mu      sync.Mutex
	is      managed.Instance
	program managed.Program
}

var _ serve.Server = (*server)(nil)

// mountedService is the folder where a server finds its configuration.
const mountedService = "/etc/vpcgate"

// probing is the client as which the lab itself uses a server.
const probing = "vpcgate-lab"

// serverSpec is the container of an instance. Its configuration is in a folder, so
// that it can be written anew under a running server.
func serverSpec(id identity, i managed.Instance, r recipe, peer, image, folder string) containerSpec {
	host := i.Nodes[0].Host
	labels := id.labels(roleService, host)
	labels[labelInstance] = i.Identity()
	return containerSpec{
		name: containerName(id.cluster, host+"-service"), image: image, network: "container:" + peer, privileges: serving,
		// Without a name server, as nothing here resolves names: what is asked of one
		// that no packet reaches is waited for.
		command: []string{"sh", "-c", ": > /etc/resolv.conf\n" + r.script}, labels: labels, memory: r.memory,
		mounts: []mount{{host: folder, inside: mountedService, readOnly: true}},
	}
}

// startServer starts the real server of an instance and returns it when it can be
// used. Its host is wired. One that shall hear nobody is started when it shall.
func (l *Lab) startServer(ctx context.Context, i managed.Instance, r recipe, image string) (serve.Server, error) {
	host := i.Nodes[0].Host
	s := &server{lab: l, recipe: r, image: image, host: l.bodies.get(bodyKey(rolePeer, host)), is: i}
	if len(i.Nodes) != 1 || s.host == nil {
		return nil, fmt.Errorf("serve %s: its host %s does not run, or is not its only one", i.Name, host)
	}
	if !i.Nodes[0].Listen.IsValid() {
		return s, nil
	}
	if err := s.begin(ctx, i); err != nil {
		cleanup, cancel := l.detached(ctx)
		defer cancel()
		return nil, errors.Join(fmt.Errorf("serve %s: %w", i.Name, err), s.remove(cleanup))
	}
	return s, nil
}

// begin starts the server, for the first time or again, and waits for it.
func (s *server) begin(ctx context.Context, i managed.Instance) error {
	if err := s.configure(i); err != nil {
		return err
	}
	if s.lab.bodies.get(s.key()) != nil {
		if _, err := s.lab.engine.run(ctx, "start", s.container()); err != nil {
			return err
		}
		return s.settle(ctx)
	}
	spec := serverSpec(s.lab.id, i, s.recipe, s.host.Name, s.image, s.folder())
	if err := s.lab.bodies.start(ctx, map[string]containerSpec{s.key(): spec}); err != nil {
		return err
	}
	return s.settle(ctx)
}

// stop ends the server's process.
func (s *server) stop(ctx context.Context) error {
	const seconds = "5" // that it may take to end by itself
	_, err := s.lab.engine.run(ctx, "stop", "--time", seconds, s.container())
	return err
}

func (s *server) key() string    { return bodyKey(roleService, s.is.Nodes[0].Host) }
func (s *server) folder() string { return s.lab.state.service(s.is.Nodes[0].Host) }

// container is the name of the server's container.
func (s *server) container() string {
	if b := s.lab.bodies.get(s.key()); b != nil {
		return b.Name
	}
	return containerName(s.lab.id.cluster, s.is.Nodes[0].Host+"-service")
}

// Instance implements serve.Server.
func (s *server) Instance() managed.Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.is
}

// Program implements serve.Server.
func (s *server) Program() managed.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.program
}

// Adopt implements serve.Server. A server that shall hear nobody is stopped, and
// started again with all that it has when it shall.
func (s *server) Adopt(ctx context.Context, i managed.Instance) error {
	s.mu.Lock()
	was := s.is
	s.is = i
	s.mu.Unlock()
	heard, hears := was.Nodes[0].Listen.IsValid(), i.Nodes[0].Listen.IsValid()
	switch {
	case !hears && heard:
		return s.stop(ctx)
	case !hears || heard && was.Password == i.Password:
		return nil
	case !heard:
		return s.begin(ctx, i)
	}
	if err := s.configure(i); err != nil {
		return err
	}
	for _, command := range s.recipe.change(was, i) {
		if _, err := s.lab.engine.exec(ctx, s.container(), nil, command...); err != nil {
			return fmt.Errorf("change password of %s: %w", i.Name, err)
		}
	}
	return s.settle(ctx)
}

// Close implements serve.Server.
func (s *server) Close() error {
	if s.lab.services.leaving {
		return nil
	}
	ctx, cancel := s.lab.detached(context.Background())
	defer cancel()
	return s.remove(ctx)
}

func (s *server) remove(ctx context.Context) error {
	return errors.Join(s.lab.bodies.remove(ctx, s.key()), os.RemoveAll(s.folder()))
}

// configure writes the server's configuration.
func (s *server) configure(i managed.Instance) error {
	if err := os.MkdirAll(s.folder(), 0o755); err != nil {
		return fmt.Errorf("make folder of %s: %w", i.Name, err)
	}
	for name, text := range s.recipe.files(i) {
		if err := os.WriteFile(filepath.Join(s.folder(), name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("configure %s: %w", i.Name, err)
		}
	}
	return nil
}

// settle waits until the server can be used by its own protocol and says that it
// is the instance, and asks it for its version.
func (s *server) settle(ctx context.Context) error {
	name, i := s.container(), s.Instance()
	var said string
	err := poll.Until(ctx, s.lab.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		heard, why := s.used(ctx, i)
		if said = heard; why == nil {
			return true, "", nil
		}
		if c, found, err := s.lab.engine.find(ctx, name); err == nil && (!found || !c.Running) {
			return false, "", fmt.Errorf("it ended: %s", s.lab.engine.logs(ctx, name))
		}
		return false, why.Error(), nil
	})
	if err != nil {
		return fmt.Errorf("await server in %s: %w", name, err)
	}
	if s.Program().Version != "" {
		return nil
	}
	if s.recipe.version != nil {
		if said, err = s.lab.engine.exec(ctx, name, nil, s.recipe.version(i)...); err != nil {
			return fmt.Errorf("ask for version: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program = managed.Program{Use: i.Use, Name: s.recipe.name, Version: s.recipe.readVersion(said), Image: s.image}
	return nil
}

// used prepares the server as far as that takes a running one, and uses it from
// within its host. It returns what the server says first.
func (s *server) used(ctx context.Context, i managed.Instance) (string, error) {
	at := i.Nodes[0].Listen
	conn, err := s.dial(ctx, at)
	if err != nil {
		return "", err // what comes next costs far more than to try a port
	}
	if err := conn.Close(); err != nil {
		return "", err
	}
	for _, command := range s.recipe.prepare(i) {
		if _, err := s.lab.engine.exec(ctx, s.container(), nil, command...); err != nil {
			return "", err
		}
	}
	r := use.Do(ctx, s.dial, use.Request{
		Use: i.Use, Target: at, Password: i.Password, Client: probing, Timeout: s.lab.options.Timing.ProbeTimeout,
	})
	switch {
	case r.Err != nil:
		return "", r.Err
	case r.Identity != i.Identity():
		return "", fmt.Errorf("it says that it is %q, not %q", r.Identity, i.Identity())
	default:
		return string(r.Heard), nil
	}
}

// dial connects from within the server's host.
func (s *server) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return probe.Within(s.host.ns.Do).Dial(ctx, probe.TCP, netip.AddrPort{}, to)
}

// logs returns the end of what a container has printed, for an error.
func (e engine) logs(ctx context.Context, name string) string {
	const lines = "15"
	out, err := e.runBoth(ctx, "logs", "--tail", lines, name)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(out)
}
