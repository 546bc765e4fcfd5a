package kindlab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrLeft is matched by the error of a Close that could not remove everything.
var ErrLeft = errors.New("something is left")

// Close implements lab.Lab. With the policy to keep labs it only lets go of the
// cluster, which Enter then leads into and the next Open takes over. It cleans up
// also when ctx has ended, within the time for closing.
func (l *Lab) Close(ctx context.Context) error {
	ctx, cancel := l.detached(ctx)
	defer cancel()
	if l.options.Keep == config.KeepLabs {
		if err := errors.Join(l.healAll(ctx), l.letGo(), l.release()); err != nil {
			return fmt.Errorf("let go of kind lab %s: %w", l.name, err)
		}
		l.tell("kept as %s", l.name)
		return nil
	}
	if err := l.takeDown(ctx); err != nil {
		return fmt.Errorf("close kind lab %s: %w", l.name, err)
	}
	l.tell("removed")
	return nil
}

// letGo closes all handles and leaves everything standing.
func (l *Lab) letGo() error {
	errs := []error{l.letServersGo(), l.agents.close(), l.bodies.close()}
	for _, n := range l.nodes {
		if n.ns != nil {
			errs = append(errs, n.ns.Close())
			n.ns = nil
		}
	}
	return errors.Join(errs...)
}

// takeDown removes everything of the lab and looks whether it is gone.
func (l *Lab) takeDown(ctx context.Context) error {
	errs := []error{l.letGo()}
	if err := removeCluster(ctx, l.engine, l.name); err != nil {
		return errors.Join(append(errs, err, l.release())...)
	}
	return errors.Join(append(errs, l.state.remove(), l.release())...)
}

// release gives the lock back.
func (l *Lab) release() error {
	if l.held == nil {
		return nil
	}
	held := l.held
	l.held = nil
	if err := held.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("release cluster: %w", err)
	}
	return nil
}

// removeCluster removes a cluster of ours: its nodes first and our own
// containers last, since those are what says that the cluster is ours. With the
// containers go their namespaces and every link in them. What is left is an
// error.
func removeCluster(ctx context.Context, e engine, name string) error {
	for _, label := range []string{kindLabel, labelCluster} {
		found, err := e.list(ctx, "label="+label+"="+name)
		if err != nil {
			return err
		}
		names := make([]string, len(found))
		for i, c := range found {
			names[i] = c.Name
		}
		if err := e.remove(ctx, names...); err != nil {
			return err
		}
	}
	var left []string
	for _, label := range []string{kindLabel, labelCluster} {
		found, err := e.list(ctx, "label="+label+"="+name)
		if err != nil {
			return err
		}
		for _, c := range found {
			left = append(left, c.Name)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("remove cluster %s: %w: containers %s", name, ErrLeft, strings.Join(left, ", "))
	}
	return nil
}

// checkSockets reports a control socket whose path the kernel would not take.
func checkSockets(s stateDir, w topology.World) error {
	for _, e := range w.Endpoints() {
		// A pod's socket also carries the number of its incarnation.
		if path := s.socket(e.Name + ".0000"); len(path) > maxSocketPath {
			return fmt.Errorf("control socket %s: %d bytes, a unix socket takes %d; choose a shorter state folder",
				path, len(path), maxSocketPath)
		}
	}
	return nil
}
