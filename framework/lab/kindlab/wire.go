package kindlab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrTooLate is matched by the error of a creation in which kubeadm was on a
// node before the node had its VPC.
var ErrTooLate = errors.New("kubeadm was faster than the wiring")

// node is a cluster node: a container of kind's.
type node struct {
	name      string // in the world
	container string // also its name in Kubernetes
	pid       int
	ns        *netns.Namespace
}

// root is the node's file system as this process sees it.
func (n *node) root(path string) string {
	return filepath.Join("/proc", strconv.Itoa(n.pid), "root", path)
}

// machine says where the node is to the fabric.
func (n *node) machine() fabric.Machine {
	return fabric.Machine{NS: n.ns, Interface: vpcLink, Management: managementLink}
}

// wireStarted wires every node of the cluster as soon as kind has started its
// container and returns when all are wired. since is a time before kind began.
func (l *Lab) wireStarted(ctx context.Context, since time.Time) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	started := make(chan string)
	var wait sync.WaitGroup
	defer wait.Wait()
	events := errors.New("engine's events ended")
	wait.Go(func() {
		err := l.engine.starts(ctx, kindLabel+"="+l.name, strconv.FormatInt(since.Unix(), 10), func(name string) {
			select {
			case started <- name:
			case <-ctx.Done():
			}
		})
		cancel(errors.Join(events, err))
	})
	wired, seen := make(chan error), map[string]bool{}
	for left := len(l.nodes); left > 0; {
		select {
		case name := <-started:
			n := l.nodeOf(name)
			if n == nil || seen[name] {
				continue
			}
			seen[name] = true
			wait.Go(func() {
				select {
				case wired <- l.wireNode(ctx, n):
				case <-ctx.Done():
				}
			})
		case err := <-wired:
			if err != nil {
				cancel(err)
				return err
			}
			left--
		case <-ctx.Done():
			return fmt.Errorf("wire nodes: %w", context.Cause(ctx))
		}
	}
	cancel(nil)
	return nil
}

// nodeOf returns the node that a container is.
func (l *Lab) nodeOf(container string) *node {
	for _, n := range l.nodes {
		if n.container == container {
			return n
		}
	}
	return nil
}

// wireNode gives a node that has just been started everything that it must have
// before its kubelet starts.
func (l *Lab) wireNode(ctx context.Context, n *node) error {
	if err := l.findNode(ctx, n); err != nil {
		return err
	}
	if err := l.awaitInit(ctx, n); err != nil {
		return err
	}
	// Before the cluster waits for an API server that it would look for in the world.
	if err := besideManagementOf(n.ns, l.options.World); err != nil {
		return fmt.Errorf("world %s: %w", l.options.World.Name, err)
	}
	if err := keepManagement(n.ns); err != nil {
		return err
	}
	if err := l.attach(ctx, n); err != nil {
		return err
	}
	if err := l.writeConflist(n, l.blocks[n.name][0]); err != nil {
		return err
	}
	return n.checkInTime()
}

// awaitInit waits until a node's container has handed over to its init system: kind's entry point reads the default route to learn the
// engine's address, and the route may change only after that.
func (l *Lab) awaitInit(ctx context.Context, n *node) error {
	err := poll.Until(ctx, l.options.Timing.CounterPoll, func(context.Context) (bool, string, error) {
		comm, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(n.pid), "comm"))
		if err != nil {
			return false, "", err
		}
		name := strings.TrimSpace(string(comm))
		return name == "systemd" || name == "init", "its first process is " + name, nil
	})
	if err != nil {
		return fmt.Errorf("await init system of %s: %w", n.container, err)
	}
	return nil
}

// findNode learns where a node's container is.
func (l *Lab) findNode(ctx context.Context, n *node) error {
	c, found, err := l.engine.find(ctx, n.container)
	switch {
	case err != nil:
		return err
	case !found || !c.Running:
		return fmt.Errorf("find node %s: container %s does not run", n.name, n.container)
	}
	ns, err := netns.FromPID(c.PID)
	if err != nil {
		return fmt.Errorf("enter node %s: %w", n.name, err)
	}
	n.pid, n.ns = c.PID, ns.Named(n.name+" ("+n.container+")")
	return nil
}

// attach lets the fabric wire one node.
func (l *Lab) attach(ctx context.Context, n *node) error {
	site := fabric.Site{Routers: l.routers(l.options.World), Machines: map[string]fabric.Machine{n.name: n.machine()}}
	l.wiring.Lock()
	defer l.wiring.Unlock()
	return l.fabric.Attach(ctx, l.options.World, site, n.name)
}

// writeConflist gives a node the network configuration of one of its blocks.
func (l *Lab) writeConflist(n *node, block netip.Prefix) error {
	text, err := renderConflist(block, mtuOf(topology.Cluster{Mode: l.options.Mode}))
	if err != nil {
		return err
	}
	path := n.root(cniFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write network configuration of %s: %w", n.name, err)
	}
	// Renamed into place, so that the runtime never reads half of it.
	temporary := filepath.Join(filepath.Dir(path), ".vpcgate.new")
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return fmt.Errorf("write network configuration of %s: %w", n.name, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write network configuration of %s: %w", n.name, err)
	}
	return nil
}

// checkInTime reports whether kubeadm has already configured the kubelet.
func (n *node) checkInTime() error {
	const kubeletConfig = "/var/lib/kubelet/config.yaml"
	_, err := os.Stat(n.root(kubeletConfig))
	switch {
	case err == nil:
		return fmt.Errorf("wire node %s: %w: %s is there already", n.name, ErrTooLate, kubeletConfig)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("wire node %s: %w", n.name, err)
	}
}

// readBlock returns the block that a running node gives out, or the zero prefix
// when it cannot be told; adopting a world then writes it anew.
func (l *Lab) readBlock(n *node) netip.Prefix {
	text, err := os.ReadFile(n.root(cniFile))
	if err != nil {
		return netip.Prefix{}
	}
	block, err := blockOf(text)
	if err != nil {
		return netip.Prefix{}
	}
	return block
}
