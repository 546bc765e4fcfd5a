package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// Options says which image is wanted. The zero value wants kind's own default.
type Options struct {
	// K8sVersion is the Kubernetes version, as "v1.37.0"; empty means
	// DefaultK8sVersion.
	K8sVersion string
	// CacheDir is where components are kept; empty means place.Cache.
	CacheDir string
	// SourceDir is the root of vpcgate's source; empty means place.Source.
	SourceDir string
	// Offline leaves out the attempt to pull.
	Offline bool
	// Progress is told about every step; nil means nobody is.
	Progress progress.Func
}

// Image is a node image that the engine has.
type Image struct {
	// Ref is the name to run it by.
	Ref string
	// ID is the engine's own identifier, a digest of its configuration.
	ID string
	// Size is the number of bytes it takes in the engine.
	Size int64
	// K8sVersion is the Kubernetes version inside.
	K8sVersion string
	// BuiltIn is how long building took; 0 when nothing was built.
	BuiltIn time.Duration
	// FromCache reports that the engine had it already.
	FromCache bool
	// Pulled reports that it came from a registry, now or earlier.
	Pulled bool
}

// normal returns the options with every empty field set.
func (o Options) normal() (Options, error) {
	if o.K8sVersion == "" {
		o.K8sVersion = DefaultK8sVersion()
	}
	if !strings.HasPrefix(o.K8sVersion, "v") {
		o.K8sVersion = "v" + o.K8sVersion
	}
	var err, none error
	if o.CacheDir == "" {
		o.CacheDir, err = place.Cache()
	}
	if o.SourceDir == "" {
		o.SourceDir, none = place.Source()
	}
	o.Progress = progress.Serial(o.Progress)
	return o, errors.Join(err, none)
}

// Ensure returns a node image that the engine has: the one it has already, else
// one pulled, else one built. The engine must be running. Two processes that
// ask at once build once. It may be asked again after any failure or
// interruption and goes on from there.
func Ensure(ctx context.Context, options Options) (Image, error) {
	o, err := options.normal()
	if err != nil {
		return Image{}, fmt.Errorf("make node image: %w", err)
	}
	b, err := newBuilder(ctx, o.SourceDir, filepath.Join(o.CacheDir, "node"), o.K8sVersion, o.Progress)
	if err != nil {
		return Image{}, fmt.Errorf("make node image %s: %w", o.K8sVersion, err)
	}
	if image, ok := b.present(ctx); ok {
		o.Progress.Tell(progress.Step{Task: task, State: progress.Cached, Note: image.Ref})
		return image, nil
	}
	unlock, err := place.Lock(ctx, filepath.Join(b.cache, place.LockFile), func() func(error) {
		return b.report.Begin(progress.Step{Task: task, Name: "wait for another process that builds"})
	})
	if err != nil {
		return Image{}, fmt.Errorf("make node image %s: %w", o.K8sVersion, err)
	}
	defer unlock()
	if image, ok := b.present(ctx); ok { // another process made it meanwhile
		return image, nil
	}
	if image, ok := b.pull(ctx, o.Offline); ok {
		return image, nil
	}
	began := time.Now()
	if err := b.build(ctx); err != nil {
		return Image{}, fmt.Errorf("build node image %s: %w", b.in.ref(), err)
	}
	image, err := inspect(ctx, b.in.ref())
	image.K8sVersion, image.BuiltIn = b.in.version, time.Since(began)
	return image, err
}

// Sweep removes what an interrupted build left in a cache beside its components, from
// which the next one goes on, unless somebody builds there now. It returns what it
// removed.
func Sweep(cacheDir string) ([]string, error) {
	return place.SweepRests(filepath.Join(cacheDir, "node"), temporary)
}

// Find returns the image if the engine has it, built or pulled, and whether it
// has. It changes nothing.
func Find(ctx context.Context, options Options) (Image, bool, error) {
	o, err := options.normal()
	if err != nil {
		return Image{}, false, fmt.Errorf("find node image: %w", err)
	}
	b, err := newBuilder(ctx, o.SourceDir, filepath.Join(o.CacheDir, "node"), o.K8sVersion, nil)
	if err != nil {
		return Image{}, false, fmt.Errorf("find node image %s: %w", o.K8sVersion, err)
	}
	image, ok := b.present(ctx)
	return image, ok, nil
}

// present returns the image if the engine has it.
func (b *builder) present(ctx context.Context) (Image, bool) {
	for _, ref := range []string{b.in.ref(), UpstreamRef(b.in.version)} {
		image, err := inspect(ctx, ref)
		if err == nil {
			image.K8sVersion, image.FromCache, image.Pulled = b.in.version, true, ref != b.in.ref()
			return image, true
		}
	}
	return Image{}, false
}

// inspect asks the engine about an image.
func inspect(ctx context.Context, ref string) (Image, error) {
	found, err := engine.Inspect(ctx, ref)
	return Image{Ref: found.Ref, ID: found.ID, Size: found.Size}, err
}

// pull tries to get the image from its registry. That it cannot is no error,
// only the reason to build.
func (b *builder) pull(ctx context.Context, offline bool) (Image, bool) {
	if offline {
		return Image{}, false
	}
	ref := UpstreamRef(b.in.version)
	end := b.report.Begin(progress.Step{Task: task, Name: "pull " + ref})
	image, err := func() (Image, error) {
		if err := engine.Pull(ctx, ref); err != nil {
			return Image{}, err
		}
		return inspect(ctx, ref)
	}()
	if err != nil {
		err = fmt.Errorf("not pulled, so it is built here: %w", err)
	}
	end(err)
	image.K8sVersion, image.Pulled = b.in.version, true
	return image, err == nil
}
