package kindlab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrNotOurs is matched by the error of a lab whose cluster's name is taken by
// one that vpcgate did not make, or that another run of vpcgate made.
var ErrNotOurs = errors.New("it is not ours")

// Lab is a cluster with its VPC. It is used by one goroutine at a time.
type Lab struct {
	options Options
	began   time.Time
	name    string // the cluster's
	id      identity
	engine  engine
	state   stateDir
	held    *os.File // the lock on state
	fabric  *fabric.Fabric
	wiring  sync.Mutex // one Attach at a time
	kube    *kube
	nodes   []*node
	bodies  *bodies
	agents  *agents
	// engineImage is what hosts' container engines run from; empty until the
	// first world with one.
	engineImage string
	services    services
	// dns is what the cluster's DNS was last made; empty as it was born. It says
	// nothing unless it is known.
	dns      dnsPlan
	dnsKnown bool
	// proxied is what kube-proxy was last seen to have written; nil when that is
	// not known.
	proxied proxyRules
	// cluster is what of the running cluster cannot change.
	cluster topology.Cluster
	// blocks are the container addresses of the nodes, givenOut those that their
	// network configurations give out now.
	blocks   map[string][]netip.Prefix
	givenOut map[string]netip.Prefix
	// policies says whether there are network policies.
	policies presence
	// podLinks are the pods' links as they were last made.
	linking  sync.Mutex
	podLinks map[string]podLinkState
	// cordoned says of the nodes that were looked at whether they take new pods.
	cordoned map[string]bool
	// world is the adopted world as realised; Name is empty before the first. planned is the same as it was given.
	world, planned topology.World
	// readdress is whether pods that are there may have other addresses than they had.
	readdress bool
	// happenings are what has happened to the platform, healed or not.
	happenings []*happening
}

var (
	_ lab.Lab    = (*Lab)(nil)
	_ lab.Keeper = (*Lab)(nil)
)

// Open creates the cluster, or takes over a kept one, and returns it when its
// network has been checked from inside. The options' world is adopted but for
// its pods. When Open fails it leaves nothing behind but the logs in
// ArtifactDir; the caller closes the lab that it returns.
func Open(ctx context.Context, o Options) (*Lab, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open kind lab: %w", err)
	}
	l, kindConfig, err := newLab(o)
	if err != nil {
		return nil, fmt.Errorf("open kind lab: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timing.OpenKind, fmt.Errorf("the time to open a kind lab, %s, ended", o.Timing.OpenKind))
	defer cancel()
	if l.held, err = l.state.lock(); err != nil {
		return nil, fmt.Errorf("open kind lab %s: %w", l.name, err)
	}
	standing, err := l.standing(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open kind lab %s: %w", l.name, err), l.release())
	}
	if standing {
		err = l.takeOver(ctx)
	} else {
		err = l.create(ctx, kindConfig)
	}
	if err != nil {
		err = fmt.Errorf("open kind lab %s: %w", l.name, err)
		if !isCancel(ctx) {
			l.saveLogs(ctx)
		}
		cleanup, cancel := l.detached(ctx)
		defer cancel()
		return nil, errors.Join(err, l.takeDown(cleanup))
	}
	l.tell("ready")
	return l, nil
}

// newLab returns the lab on paper, with its cluster's configuration.
func newLab(o Options) (*Lab, *v1alpha4.Cluster, error) {
	o.ArtifactDir = filepath.Join(o.ArtifactDir, "kind-"+string(o.Mode))
	if err := os.MkdirAll(o.ArtifactDir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("make artifact folder: %w", err)
	}
	l := &Lab{
		options: o, began: time.Now(), name: clusterName(o.Mode, o.Run),
		cluster: o.World.Clusters[0], blocks: map[string][]netip.Prefix{}, givenOut: map[string]netip.Prefix{}, cordoned: map[string]bool{}, podLinks: map[string]podLinkState{}, agents: newAgents(o.Timing.StatePoll),
	}
	p := clusterPlan{mode: o.Mode, cluster: l.cluster, nodeImage: o.NodeImage, patches: o.Patches, agent: o.Agent}
	if o.Keep == config.KeepLabs {
		// Of everything but the control folder, whose name follows from it.
		c, err := kindConfig(p)
		if err != nil {
			return nil, nil, err
		}
		text, err := configText(c)
		if err != nil {
			return nil, nil, err
		}
		l.name = keptName(o.Mode, digest(string(text)+o.AgentImage+o.State))
	}
	l.state = newState(o.State, l.name)
	p.control = l.state.control()
	c, err := kindConfig(p)
	if err != nil {
		return nil, nil, err
	}
	l.id = identity{
		run: o.Run, mode: o.Mode, cluster: l.name, kept: o.Keep == config.KeepLabs,
		image: o.NodeImage, agent: o.Agent, control: p.control, state: o.State,
	}
	l.bodies = &bodies{engine: l.engine}
	if err := l.newServices(); err != nil {
		return nil, nil, err
	}
	l.fabric = fabric.New(o.Timing)
	for i, n := range l.cluster.Nodes {
		l.nodes = append(l.nodes, &node{name: n.Name, container: nodeContainer(l.name, i)})
		l.blocks[n.Name] = n.Blocks()
	}
	return l, c, nil
}

// create makes everything anew.
func (l *Lab) create(ctx context.Context, config *v1alpha4.Cluster) error {
	if err := l.state.make(); err != nil {
		return err
	}
	if err := checkSockets(l.state, l.options.World); err != nil {
		return err
	}
	if err := l.bodies.start(ctx, wantedBodies(l.id, l.options.World)); err != nil {
		return err
	}
	bare := withoutNodes(l.options.World)
	if err := l.fabric.Adopt(ctx, bare, l.site(bare)); err != nil {
		return err
	}
	l.tell("routers and hosts run")
	if err := l.createCluster(ctx, config); err != nil {
		return err
	}
	return l.makeReady(ctx)
}

// takeOver uses what a kept lab left.
func (l *Lab) takeOver(ctx context.Context) error {
	l.tell("using the kept cluster %s", l.name)
	if err := l.bodies.load(ctx, l.name); err != nil {
		return err
	}
	if err := l.removeServers(ctx); err != nil {
		return err
	}
	if err := l.bodies.start(ctx, wantedBodies(l.id, l.options.World)); err != nil {
		return err
	}
	for _, n := range l.nodes {
		if err := l.findNode(ctx, n); err != nil {
			return err
		}
	}
	return l.resume(ctx)
}

// standing reports whether the cluster exists, whole and ours. One that is ours
// but broken is removed; one that is not ours is an error, and is not touched.
func (l *Lab) standing(ctx context.Context) (bool, error) {
	ours, err := l.engine.list(ctx, "label="+labelCluster+"="+l.name)
	if err != nil {
		return false, err
	}
	theirs, err := l.engine.list(ctx, "label="+kindLabel+"="+l.name)
	if err != nil {
		return false, err
	}
	switch {
	case len(ours) == 0 && len(theirs) == 0:
		return false, nil
	case len(ours) == 0:
		return false, fmt.Errorf("a kind cluster of that name exists: %w; remove it by hand: kind delete cluster --name %s", ErrNotOurs, l.name)
	case !l.id.kept || ours[0].Labels[labelState] != l.id.state:
		return false, fmt.Errorf("containers of that name exist, of run %s: %w; see vpcgate sweep", ours[0].Labels[labelRun], ErrNotOurs)
	}
	running := 0
	for _, c := range theirs {
		if c.Running && !c.Paused && c.Image == l.options.NodeImage {
			running++
		}
	}
	if running == len(l.nodes) && l.state.isReady() {
		return true, nil
	}
	l.tell("the kept cluster is broken (%d of %d nodes run) or never was ready; making it anew", running, len(l.nodes))
	return false, errors.Join(removeCluster(ctx, l.engine, l.name), os.RemoveAll(l.state.path))
}

// Name implements lab.Lab.
func (l *Lab) Name() lab.Name { return lab.Kind }

// World implements lab.Lab.
func (l *Lab) World() topology.World { return l.world }

// routers lists the router of every VPC of a world that has one.
func (l *Lab) routers(w topology.World) map[string]*netns.Namespace {
	all := map[string]*netns.Namespace{}
	for _, v := range w.VPCs {
		if b := l.bodies.get(bodyKey(roleGateway, v.Name)); b != nil {
			all[v.Name] = b.ns
		}
	}
	return all
}

// site says where everything of a world is.
func (l *Lab) site(w topology.World) fabric.Site {
	s := fabric.Site{Routers: l.routers(w), Machines: map[string]fabric.Machine{}, Roots: string(l.services.authority.PEM())}
	add := func(role, name string) {
		if b := l.bodies.get(bodyKey(role, name)); b != nil {
			s.Machines[name] = fabric.Machine{NS: b.ns, Interface: hostLink, Engine: whoseBridges(w, name)}
		}
	}
	for _, h := range w.Hosts {
		add(rolePeer, h.Name)
	}
	for _, t := range w.Translators {
		add(roleTranslator, t.Name)
	}
	for _, b := range w.LoadBalancers {
		add(roleBalancer, b.Name)
	}
	for _, n := range l.nodes {
		if n.ns != nil {
			s.Machines[n.name] = n.machine()
		}
	}
	return s
}

// whoseBridges says who makes the bridges of a host's engine networks: an engine,
// but for those of a ModelArts pool, of which there is no real one.
func whoseBridges(w topology.World, host string) fabric.Engine {
	h, ok := hostNamed(w, host)
	if ok && h.Managed != nil && h.Managed.Kind == topology.ModelArts {
		return fabric.BareEngine
	}
	return fabric.RealEngine
}

// withoutNodes is the world before its cluster exists: routers and hosts, and no
// route that leads to a node.
func withoutNodes(w topology.World) topology.World {
	bare := w.Clone()
	bare.Clusters = nil
	for i := range bare.VPCs {
		for j := range bare.VPCs[i].RouteTables {
			t := &bare.VPCs[i].RouteTables[j]
			t.Routes = slices.DeleteFunc(t.Routes, func(r topology.Route) bool {
				_, there := bare.NIC(r.Instance)
				return r.Instance != "" && !there
			})
		}
	}
	return bare
}

// detached returns a context for cleaning up: it outlives ctx and is bounded by
// itself.
func (l *Lab) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := l.options.Timing.Close
	return context.WithTimeoutCause(context.WithoutCancel(ctx), limit, fmt.Errorf("the time to clean up, %s, ended", limit))
}

func (l *Lab) tell(format string, args ...any) { l.options.tell(l.began, format, args...) }
