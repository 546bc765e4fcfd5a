package kindlab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// body is a running container with its network namespace.
type body struct {
	container
	ns *netns.Namespace
}

// newBody opens the namespace of a running container.
func newBody(c container, name string) (*body, error) {
	ns, err := netns.FromPID(c.PID)
	if err != nil {
		return nil, fmt.Errorf("enter container %s: %w", c.Name, err)
	}
	return &body{container: c, ns: ns.Named(name + " (" + c.Name + ")")}, nil
}

// identity is what the containers of one lab have in common.
type identity struct {
	run     string
	mode    topology.Mode
	cluster string
	kept    bool
	image   string
	agent   string // the agent program's path on the host
	control string // the control folder's path on the host
	state   string // the folder of all labs' states and locks
}

func (id identity) labels(role, name string) map[string]string {
	labels := map[string]string{
		labelRun: id.run, labelMode: string(id.mode), labelCluster: id.cluster, labelRole: role, labelName: name,
		labelState: id.state,
	}
	if id.kept {
		labels[labelKept] = "true"
	}
	return labels
}

// forwarderSpec is the container whose namespace is a VPC's router or a
// translator. Nothing runs in it: the kernel forwards.
func forwarderSpec(id identity, role, name string) containerSpec {
	return containerSpec{
		name: containerName(id.cluster, name), hostname: plain(name), image: id.image,
		command: []string{"sleep", "infinity"},
		labels:  id.labels(role, name),
	}
}

// agentSpec is the container of a cloud host or load balancer: an agent and
// nothing else.
func agentSpec(id identity, role, host string) containerSpec {
	return containerSpec{
		name: containerName(id.cluster, host), hostname: plain(host), image: id.image,
		command: append([]string{mountedAgent}, agentArgs(host)...),
		env:     []string{controlEnv(host)},
		labels:  id.labels(role, host),
		mounts: []mount{
			{host: id.agent, inside: mountedAgent, readOnly: true},
			{host: id.control, inside: mountedControl},
		},
	}
}

// agentArgs make the agent serve under a name. Where is said by controlEnv, so
// that whoever runs the agent again beside it finds it without being told.
func agentArgs(identity string) []string { return []string{"serve", "--identity", identity} }

// controlVariable names the control socket to the agent.
const controlVariable = "VPCGATE_CONTROL"

func controlEnv(socket string) string { return controlVariable + "=" + controlPath(socket) }

// controlPath is a control socket as nodes, hosts and pods see it.
func controlPath(socket string) string { return mountedControl + "/" + socket + ".sock" }

// bodyKey tells a VPC's router from a host of the same name.
func bodyKey(role, name string) string { return role + "/" + name }

// wantedBodies returns the containers that a world needs beside the cluster's
// nodes, by key.
func wantedBodies(id identity, w topology.World) map[string]containerSpec {
	wanted := map[string]containerSpec{}
	for _, v := range w.VPCs {
		wanted[bodyKey(roleGateway, v.Name)] = forwarderSpec(id, roleGateway, v.Name)
	}
	for _, h := range w.Hosts {
		wanted[bodyKey(rolePeer, h.Name)] = agentSpec(id, rolePeer, h.Name)
	}
	for _, t := range w.Translators {
		wanted[bodyKey(roleTranslator, t.Name)] = forwarderSpec(id, roleTranslator, t.Name)
	}
	for _, b := range w.LoadBalancers {
		wanted[bodyKey(roleBalancer, b.Name)] = agentSpec(id, roleBalancer, b.Name)
	}
	return wanted
}

// bodies are the lab's routers and hosts.
type bodies struct {
	engine engine
	mu     sync.Mutex
	all    map[string]*body
}

// load takes over what a kept lab left, and removes what does not run any more.
func (b *bodies) load(ctx context.Context, cluster string) error {
	found, err := b.engine.list(ctx, "label="+labelCluster+"="+cluster)
	if err != nil {
		return err
	}
	var dead []string
	for _, c := range found {
		if !c.Running {
			dead = append(dead, c.Name)
			continue
		}
		if c.Paused { // its run ended before it could go on
			if _, err := b.engine.run(ctx, "unpause", c.Name); err != nil {
				return err
			}
		}
		made, err := newBody(c, c.Labels[labelName])
		if err != nil {
			return err
		}
		b.put(bodyKey(c.Labels[labelRole], c.Labels[labelName]), made)
	}
	return errors.Join(b.engine.remove(ctx, dead...), b.clearBridges())
}

// clearBridges removes what an engine that is no more has left in its host's
// network.
func (b *bodies) clearBridges() error {
	var errs []error
	for _, host := range b.named(rolePeer) {
		if b.get(bodyKey(roleEngine, host)) == nil {
			errs = append(errs, removeBridges(b.get(bodyKey(rolePeer, host)).ns))
		}
	}
	return errors.Join(errs...)
}

// start starts what is wanted and not there, all at once.
func (b *bodies) start(ctx context.Context, wanted map[string]containerSpec) error {
	missing := maps.Clone(wanted)
	maps.DeleteFunc(missing, func(key string, _ containerSpec) bool { return b.get(key) != nil })
	return forEach(ctx, slices.Sorted(maps.Keys(missing)), func(ctx context.Context, key string) error {
		started, err := b.engine.start(ctx, missing[key])
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(key, "/")
		made, err := newBody(started, name)
		if err != nil {
			return err
		}
		b.put(key, made)
		return nil
	})
}

// surplus lists the keys of the routers and hosts that are there and not wanted.
func (b *bodies) surplus(wanted map[string]containerSpec) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys []string
	for key := range b.all {
		beside := strings.HasPrefix(key, roleEngine+"/") || strings.HasPrefix(key, roleService+"/")
		if _, ok := wanted[key]; !ok && !beside {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// named lists whom containers of a role stand for.
func (b *bodies) named(role string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for key := range b.all {
		if r, name, _ := strings.Cut(key, "/"); r == role {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// remove removes the containers of the given keys.
func (b *bodies) remove(ctx context.Context, keys ...string) error {
	var names []string
	var errs []error
	for _, key := range keys {
		if gone := b.get(key); gone != nil {
			names = append(names, gone.Name)
			errs = append(errs, gone.ns.Close())
			b.mu.Lock()
			delete(b.all, key)
			b.mu.Unlock()
		}
	}
	return errors.Join(append(errs, b.engine.remove(ctx, names...))...)
}

// close gives up the handles and leaves the containers running.
func (b *bodies) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, one := range b.all {
		errs = append(errs, one.ns.Close())
	}
	b.all = nil
	return errors.Join(errs...)
}

func (b *bodies) get(key string) *body {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[key]
}

func (b *bodies) put(key string, one *body) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[string]*body{}
	}
	b.all[key] = one
}
