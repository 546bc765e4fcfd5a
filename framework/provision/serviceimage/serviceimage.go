package serviceimage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// Options says where things are kept. The zero value is useful.
type Options struct {
	// CacheDir is where the layers are kept; empty means place.Cache.
	CacheDir string
	// Offline leaves out the attempt to pull.
	Offline bool
	// Progress is told about every step; nil means nobody is.
	Progress progress.Func
}

// Image is an image that the engine has.
type Image struct {
	// Service is the server inside.
	Service Service
	// Ref is the name to run it by.
	Ref string
	// Size is the number of bytes it takes in the engine, with the layer that it
	// shares with others.
	Size int64
	// BuiltIn is how long building took; 0 when nothing was built.
	BuiltIn time.Duration
	// Pulled reports that it came from a registry, now or earlier.
	Pulled bool
}

// Ensure returns the server's image that the engine has: the one it has already,
// else one pulled, else one built. The engine must be running. Two processes that
// ask at once build once.
func Ensure(ctx context.Context, s Service, o Options) (Image, error) {
	image, err := o.ensure(ctx, s)
	if err != nil {
		return Image{}, fmt.Errorf("make image of %s: %w", s, err)
	}
	return image, nil
}

// Find returns the server's image if the engine has it, built or pulled, and
// whether it has. It changes nothing.
func Find(ctx context.Context, s Service) (Image, bool) {
	for _, r := range []string{ref(s), UpstreamRef(s)} {
		if facts, err := engine.Inspect(ctx, r); err == nil {
			return Image{Service: s, Ref: r, Size: facts.Size, Pulled: r != ref(s)}, true
		}
	}
	return Image{}, false
}

func (o Options) ensure(ctx context.Context, s Service) (Image, error) {
	if !slices.Contains(Services(), s) {
		return Image{}, errors.New("no such server")
	}
	task := string(s) + " image"
	o.Progress = progress.Serial(o.Progress)
	if image, ok := Find(ctx, s); ok {
		o.Progress.Tell(progress.Step{Task: task, State: progress.Cached, Note: image.Ref})
		return image, nil
	}
	if o.CacheDir == "" {
		var err error
		if o.CacheDir, err = place.Cache(); err != nil {
			return Image{}, err
		}
	}
	dir := filepath.Join(o.CacheDir, "service")
	unlock, err := place.Lock(ctx, filepath.Join(dir, place.LockFile), func() func(error) {
		return o.Progress.Begin(progress.Step{Task: task, Name: "wait for another process that builds"})
	})
	if err != nil {
		return Image{}, err
	}
	defer unlock()
	if image, ok := Find(ctx, s); ok { // another process made it meanwhile
		return image, nil
	}
	if !o.Offline {
		end := o.Progress.Begin(progress.Step{Task: task, Name: "pull " + UpstreamRef(s)})
		err := engine.Pull(ctx, UpstreamRef(s))
		if err != nil {
			err = fmt.Errorf("not pulled, so it is built here: %w", err)
		}
		end(err)
	}
	if image, ok := Find(ctx, s); ok {
		return image, nil
	}
	if _, err := place.RemoveRests(dir, temporary); err != nil {
		return Image{}, err
	}
	began := time.Now()
	end := o.Progress.Begin(progress.Step{Task: task, Note: ref(s)})
	err = build(ctx, dir, s)
	end(err)
	if err != nil {
		return Image{}, err
	}
	facts, err := engine.Inspect(ctx, ref(s))
	return Image{Service: s, Ref: ref(s), Size: facts.Size, BuiltIn: time.Since(began)}, err
}

// temporary are the folders of a build under way, which an interrupted one leaves.
const temporary = "packages-*"

// Sweep removes what interrupted builds left in a cache, unless somebody builds there
// now. It returns what it removed.
func Sweep(cacheDir string) ([]string, error) {
	return place.SweepRests(filepath.Join(cacheDir, "service"), temporary)
}

// build puts a server's layer on the shared one and hands both to the engine.
func build(ctx context.Context, dir string, s Service) error {
	if !haveLayers(dir) {
		if err := makeLayers(ctx, dir); err != nil {
			return err
		}
	}
	image, err := compose(layerFile(dir, base), layerFile(dir, s))
	if err != nil {
		return err
	}
	tag, err := name.NewTag(ref(s), name.StrictValidation)
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(tarball.Write(tag, image, write)) }() // it never fails
	_, err = cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"load", "--quiet"}, Stdin: read})
	return errors.Join(err, read.Close())
}

// compose makes an image of layers.
func compose(files ...string) (v1.Image, error) {
	image := empty.Image
	for _, file := range files {
		l, err := tarball.LayerFromFile(file)
		if err != nil {
			return nil, err
		}
		if image, err = mutate.AppendLayers(image, l); err != nil {
			return nil, err
		}
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/rabbitmq/bin"}
	config.Config.Entrypoint = []string{"/usr/bin/bash"}
	return mutate.ConfigFile(image, config)
}
