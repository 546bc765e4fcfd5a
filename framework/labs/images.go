package labs

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/provision"
	"github.com/vpcgate/vpcgate/framework/provision/hostimage"
	"github.com/vpcgate/vpcgate/framework/provision/serviceimage"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// images are those that only some worlds need. Each is made ready once, by whoever
// asks first.
type images struct {
	engine   func() (string, error)
	services map[topology.Use]func() (string, error)
}

// serverOf says what stands for a managed service on the kind lab; none where there
// is no real server.
func serverOf(u topology.Use) (serviceimage.Service, bool) {
	s, ok := map[topology.Use]serviceimage.Service{
		topology.UseRedis: serviceimage.Redis, topology.UseMySQL: serviceimage.MariaDB, topology.UseAMQP: serviceimage.RabbitMQ,
	}[u]
	return s, ok
}

// newImages prepares the makers of images on the node image of a run. What they
// began goes on whoever waits for it.
func newImages(ctx context.Context, s config.Settings, node string, tell specs.Tell) *images {
	ctx = context.WithoutCancel(ctx)
	report := func(step provision.Step) { tell(step.String()) }
	once := func(what string, ensure func(ctx context.Context) (string, error)) func() (string, error) {
		return sync.OnceValues(func() (string, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, s.Timing.Provision, fmt.Errorf("making the %s ready took over %s", what, s.Timing.Provision))
			defer cancel()
			return ensure(ctx)
		})
	}
	all := &images{services: map[topology.Use]func() (string, error){}}
	all.engine = once("image of host engines", func(ctx context.Context) (string, error) {
		image, err := hostimage.Ensure(ctx, hostimage.Options{Base: node, CacheDir: s.Cache, Progress: report})
		return image.Ref, err
	})
	for _, u := range topology.Uses() {
		if server, known := serverOf(u); known {
			all.services[u] = once("image of "+string(server), func(ctx context.Context) (string, error) {
				image, err := serviceimage.Ensure(ctx, server, serviceimage.Options{CacheDir: s.Cache, Progress: report})
				return image.Ref, err
			})
		}
	}
	return all
}

// begin makes ready what the worlds need, beside whatever else is done; a failure
// shows when the image is asked for.
func (i *images) begin(worlds []topology.World) {
	var wanted []func() (string, error)
	seen := map[topology.Use]bool{}
	for _, w := range worlds {
		for _, instance := range managed.Instances(w) {
			if ensure, known := i.services[instance.Use]; known && !seen[instance.Use] {
				seen[instance.Use] = true
				wanted = append(wanted, ensure)
			}
		}
	}
	if slices.ContainsFunc(worlds, hasEngine) {
		wanted = append(wanted, i.engine)
	}
	go func() { // one after the other: they share a lock, and the clusters need the cores
		for _, ensure := range wanted {
			_, _ = ensure() // whoever asks for it is told
		}
	}()
}

func hasEngine(w topology.World) bool {
	return slices.ContainsFunc(w.Hosts, func(h topology.Host) bool { return h.Engine != nil })
}

// service makes ready the image of the real server of a use.
func (i *images) service(_ context.Context, u topology.Use) (string, error) {
	ensure, known := i.services[u]
	if !known {
		return "", fmt.Errorf("no real server for %s", u)
	}
	return ensure()
}

// all makes everything ready, and returns the images' names.
func (i *images) all() ([]string, error) {
	wanted := []func() (string, error){i.engine}
	for _, u := range topology.Uses() {
		if ensure, known := i.services[u]; known {
			wanted = append(wanted, ensure)
		}
	}
	var refs []string
	for _, ensure := range wanted {
		ref, err := ensure()
		if err != nil {
			return refs, err
		}
		refs = append(refs, ref)
	}
	return refs, nil
}
