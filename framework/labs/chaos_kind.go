package labs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Clusters are the kind labs of a storm, one of each mode. A cluster takes a minute to make, so it is made once, lent to one schedule
// after the other, and proven well before it is lent again. They are safe for concurrent use: whoever needs a mode's cluster waits
// until nobody else has it.
type Clusters struct {
	settings config.Settings
	tell     specs.Tell
	byMode   map[topology.Mode]*cluster
}

// cluster is one mode's. Whoever has it holds the lock.
type cluster struct {
	sync.Mutex
	mode topology.Mode
	// worlds are the stages' first, then those that faults make of them.
	worlds []topology.World
	lab    *kindlab.Lab
	// doubtful is whether it has to be proven well before anything is judged on it.
	doubtful bool
}

// StormyKind prepares clusters for stages, of which each mode's first one is what its cluster is born into. The caller closes them. Nothing
// is made before Make or Open.
func StormyKind(s config.Settings, stages []chaos.Stage, tell specs.Tell) *Clusters {
	c := &Clusters{settings: s, tell: tell, byMode: map[topology.Mode]*cluster{}}
	for _, stage := range stages {
		m := stage.World.Clusters[0].Mode
		if c.byMode[m] == nil {
			c.byMode[m] = &cluster{mode: m}
		}
		c.byMode[m].worlds = append(c.byMode[m].worlds, stage.World)
	}
	for _, stage := range stages {
		of := c.byMode[stage.World.Clusters[0].Mode]
		for _, f := range chaos.Faults(stage.World) {
			if w, err := chaos.World(stage.World, f); err == nil && f.Change != nil && lab.CanHost(lab.Kind, w) == nil {
				of.worlds = append(of.worlds, w)
			}
		}
	}
	return c
}

// Open is a storm's opener. The clusters are made when it is called first, unless they are there.
func (c *Clusters) Open(ctx context.Context) (storm.Lab, error) {
	if err := c.Make(ctx); err != nil {
		return nil, err
	}
	return &lent{clusters: c}, nil
}

// Make makes the clusters that are not there yet, all at once.
func (c *Clusters) Make(ctx context.Context) error {
	errs := make([]error, len(topology.Modes()))
	var opening sync.WaitGroup
	for i, m := range topology.Modes() {
		if of := c.byMode[m]; of != nil {
			opening.Go(func() {
				of.Lock()
				defer of.Unlock()
				errs[i] = c.make(ctx, of)
			})
		}
	}
	opening.Wait()
	return errors.Join(errs...)
}

// make makes a cluster that is not there yet, with all that its worlds will need.
func (c *Clusters) make(ctx context.Context, of *cluster) error {
	if of.lab != nil {
		return nil
	}
	l, _, extra, err := openCluster(ctx, c.settings, of.worlds, of.mode, c.tell)
	if err != nil {
		return err
	}
	of.lab, of.doubtful = l, true
	if slices.ContainsFunc(of.worlds, hasEngine) {
		// Not in the midst of a schedule.
		if _, err := extra.engine(); err != nil {
			return err
		}
	}
	return nil
}

// Close takes the clusters down, or lets them go where labs are kept.
func (c *Clusters) Close(ctx context.Context) error {
	var errs []error
	for _, m := range topology.Modes() {
		of := c.byMode[m]
		if of == nil {
			continue
		}
		of.Lock()
		if of.lab != nil {
			errs = append(errs, of.lab.Close(ctx))
			of.lab = nil
		}
		of.Unlock()
	}
	return errors.Join(errs...)
}

// ready proves a cluster well that is in doubt. One that cannot be made well is made anew.
func (c *Clusters) ready(ctx context.Context, of *cluster) error {
	if !of.doubtful {
		return nil
	}
	err := well(ctx, of.lab, of.worlds[0])
	if err != nil && ctx.Err() == nil {
		c.tell(fmt.Sprintf("kind %s: it is made anew: %v", of.mode, err))
		gone := of.lab
		of.lab = nil
		err = errors.Join(gone.Close(ctx), c.make(ctx, of))
		if err == nil {
			err = well(ctx, of.lab, of.worlds[0])
		}
	}
	of.doubtful = err != nil
	return err
}

// well has a cluster heal what has happened to it, adopt a healthy world, and be asked: every pod, node and host pings every other, and
// each verdict has to be the oracle's.
func well(ctx context.Context, l *kindlab.Lab, w topology.World) error {
	if err := l.Recover(ctx); err != nil {
		return err
	}
	if err := l.Adopt(ctx, w); err != nil {
		return err
	}
	oracle, w := paperlab.New(), l.World()
	for _, from := range w.Endpoints() {
		for _, to := range w.Endpoints() {
			f := topology.Ping(from.Name, to.Name)
			if from.Managed != nil || from.Name == to.Name || w.ValidateFlow(f) != nil {
				continue
			}
			o, err := l.Ask(ctx, f)
			if err != nil {
				return err
			}
			if want := oracle.Predict(w, f).Verdict; !want.Agrees(o.Verdict) {
				return fmt.Errorf("%s: %s, and it must be %s", f, o.Verdict, want)
			}
		}
	}
	return nil
}

// lent is the cluster of the mode whose worlds a schedule has it adopt.
type lent struct {
	*kindlab.Lab
	clusters *Clusters
	of       *cluster
}

// Forget implements lab.Forgetter, also before the first world.
func (l *lent) Forget() {
	if l.Lab != nil {
		l.Lab.Forget()
	}
}

// Adopt implements lab.Lab: with a world of the other mode the other cluster is taken.
func (l *lent) Adopt(ctx context.Context, w topology.World) error {
	mode := w.Clusters[0].Mode
	if l.of == nil || l.of.mode != mode {
		l.giveBack()
		of := l.clusters.byMode[mode]
		if of == nil {
			return fmt.Errorf("adopt world %s: %w: there is no cluster of mode %s", w.Name, lab.ErrCannotHost, mode)
		}
		of.Lock()
		l.of = of
	}
	if err := l.clusters.make(ctx, l.of); err != nil {
		return err
	}
	if err := l.clusters.ready(ctx, l.of); err != nil {
		return err
	}
	l.Lab = l.of.lab
	err := l.Lab.Adopt(ctx, w)
	l.of.doubtful = err != nil
	return err
}

func (l *lent) giveBack() {
	if l.of != nil {
		l.of.Unlock()
	}
	l.of, l.Lab = nil, nil
}

// Close gives the cluster back. Whoever closes a lab may have seen a violation on it, so it is proven well before it is lent again.
func (l *lent) Close(context.Context) error {
	if l.of != nil {
		l.of.doubtful = true
	}
	l.giveBack()
	return nil
}
