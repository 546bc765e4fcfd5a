package hostimage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/debian"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// task is the name under which the build reports its progress.
const task = "host engine image"

// suite is the Debian release that the packages are of, the node image's own.
const suite = "bookworm"

// recipeVersion changes whenever this package makes another image of the same
// base and packages.
const recipeVersion = "1"

// packages are extracted with all that they depend on; wanted says what of it is
// kept.
var packages = []string{"docker.io"}

// Options says what to build on and where. Base is needed.
type Options struct {
	// Base is the node image, which the engine has.
	Base string
	// CacheDir is where the extracted programs are kept; empty means place.Cache.
	CacheDir string
	// Progress is told about every step; nil means nobody is.
	Progress progress.Func
}

// Image is an image that the engine has.
type Image struct {
	// Ref is the name to run it by.
	Ref string
}

// temporary are the folders of a build under way, which an interrupted one leaves.
var temporary = []string{"context-*", "packages-*"}

// Sweep removes what interrupted builds left in a cache, unless somebody builds there
// now. It returns what it removed.
func Sweep(cacheDir string) ([]string, error) {
	return place.SweepRests(filepath.Join(cacheDir, "host"), temporary...)
}

// Ensure returns the image, built where the engine does not have it yet. Two
// processes that ask at once build once.
func Ensure(ctx context.Context, o Options) (Image, error) {
	image, err := o.ensure(ctx)
	if err != nil {
		return Image{}, fmt.Errorf("make host engine image: %w", err)
	}
	return image, nil
}

func (o Options) ensure(ctx context.Context) (Image, error) {
	if o.Base == "" {
		return Image{}, errors.New("no base image")
	}
	o.Progress = progress.Serial(o.Progress)
	image := Image{Ref: ref(o.Base)}
	if present(ctx, image.Ref) {
		o.Progress.Tell(progress.Step{Task: task, State: progress.Cached, Note: image.Ref})
		return image, nil
	}
	if o.CacheDir == "" {
		var err error
		if o.CacheDir, err = place.Cache(); err != nil {
			return image, err
		}
	}
	dir := filepath.Join(o.CacheDir, "host")
	unlock, err := place.Lock(ctx, filepath.Join(dir, place.LockFile), func() func(error) {
		return o.Progress.Begin(progress.Step{Task: task, Name: "wait for another process that builds"})
	})
	if err != nil {
		return image, err
	}
	defer unlock()
	if present(ctx, image.Ref) { // another process made it meanwhile
		return image, nil
	}
	if _, err := place.RemoveRests(dir, temporary...); err != nil {
		return image, err
	}
	end := o.Progress.Begin(progress.Step{Task: task, Note: image.Ref})
	err = build(ctx, dir, o.Base, image.Ref)
	end(err)
	return image, err
}

// ref is the image's name in the engine. The base's own name follows its
// content.
func ref(base string) string {
	return "vpcgate.dev/host:" + key(recipeVersion, base, layerKey())
}

func layerKey() string {
	return key(append([]string{recipeVersion, suite}, append(wanted, packages...)...)...)
}

func key(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s\n", len(part), part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Find reports whether the engine has the image on a base. It changes nothing.
func Find(ctx context.Context, base string) bool { return present(ctx, ref(base)) }

func present(ctx context.Context, ref string) bool {
	_, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"image", "inspect", "--format", "{{.Id}}", ref}})
	return err == nil
}

// build puts the layer of programs on the base.
func build(ctx context.Context, dir, base, ref string) (err error) {
	layer := filepath.Join(dir, "docker-"+layerKey()+".tar")
	if _, err := os.Stat(layer); errors.Is(err, os.ErrNotExist) {
		if err := extract(ctx, dir, layer); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp(dir, "context-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Link(layer, filepath.Join(folder, layerName)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile(base)), 0o644); err != nil {
		return err
	}
	_, err = cmd.Run(ctx, cmd.Command{
		Name: "docker", Args: []string{"build", "--quiet", "--network", "none", "--tag", ref, folder},
		// The plain builder is in every engine and needs no image of its own.
		Env: []string{"DOCKER_BUILDKIT=0"},
	})
	return err
}

// layerName is the layer's name in the build's context.
const layerName = "docker.tar"

func dockerfile(base string) string {
	return "FROM " + base + "\nADD " + layerName + " /\nENTRYPOINT [\"/usr/sbin/dockerd\"]\n"
}

// extract writes what is wanted of the packages into a tar file, whole or not at
// all.
func extract(ctx context.Context, dir, layer string) (err error) {
	if _, err := cmd.Find("mmdebstrap"); err != nil {
		if err := debian.Install(ctx, "mmdebstrap"); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(dir, "packages-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	all := filepath.Join(temp, "all.tar")
	args := []string{
		"--quiet", "--variant=extract", "--format=tar", "--mode=" + mode(),
		`--aptopt=APT::Install-Recommends "false"`, `--aptopt=Acquire::Retries "3"`,
		"--include=" + strings.Join(packages, ","), suite, all,
	}
	if mirror := os.Getenv("VPCGATE_DEBIAN_MIRROR"); mirror != "" {
		args = append(args, mirror)
	}
	if _, err := cmd.Run(ctx, cmd.Command{Name: "mmdebstrap", Args: args, Env: []string{"TMPDIR=" + temp}}); err != nil {
		return err
	}
	kept := filepath.Join(temp, "kept.tar")
	if err := filter(all, kept); err != nil {
		return fmt.Errorf("take programs from packages: %w", err)
	}
	return os.Rename(kept, layer)
}

// mode is how mmdebstrap comes by the root privileges that it needs.
func mode() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "unshare"
}
