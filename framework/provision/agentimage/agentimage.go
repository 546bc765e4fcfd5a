package agentimage

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// Path is where the image has the agent.
const Path = "/vpcgate-agent"

// agentPackage is the command that is the agent.
const agentPackage = "./framework/cmd/vpcgate-agent"

// Options says where to build from and to. The zero value is useful.
type Options struct {
	// CacheDir is where the agent is kept; empty means place.Cache.
	CacheDir string
	// SourceDir is the root of vpcgate's source; empty means place.Source.
	SourceDir string
	// Progress is told about every step; nil means nobody is.
	Progress progress.Func
}

// Agent is the probe agent, ready for namespaces and for pods.
type Agent struct {
	// Binary is the static binary, for namespaces and for bind mounts.
	Binary string
	// Archive is the image as `docker load` and `ctr images import` read it.
	Archive string
	// Ref is the image's name, with a tag that follows the content.
	Ref string
}

// Ensure compiles the agent and makes its image where the cache has not both.
// Compiling an unchanged agent takes a moment, so the source is always asked.
func Ensure(ctx context.Context, o Options) (Agent, error) {
	var err, none error
	if o.CacheDir == "" {
		o.CacheDir, err = place.Cache()
	}
	if o.SourceDir == "" {
		o.SourceDir, none = place.Source()
	}
	if err := errors.Join(err, none); err != nil {
		return Agent{}, fmt.Errorf("make agent image: %w", err)
	}
	dir := filepath.Join(o.CacheDir, "agent")
	unlock, err := place.Lock(ctx, filepath.Join(dir, "lock"), nil)
	if err != nil {
		return Agent{}, fmt.Errorf("make agent image: %w", err)
	}
	defer unlock()
	end := o.Progress.Begin(progress.Step{Task: "agent image"})
	agent, err := o.build(ctx, dir)
	end(err)
	if err != nil {
		return Agent{}, fmt.Errorf("make agent image: %w", err)
	}
	return agent, nil
}

// build compiles the agent and makes its image.
func (o Options) build(ctx context.Context, dir string) (Agent, error) {
	temp := filepath.Join(dir, "new")
	_, err := cmd.Run(ctx, cmd.Command{
		Name: "go", Args: []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", temp, agentPackage},
		Dir: o.SourceDir, Env: []string{"CGO_ENABLED=0", "GOOS=linux"},
	})
	if err != nil {
		return Agent{}, err
	}
	content, err := os.ReadFile(temp)
	if err != nil {
		return Agent{}, err
	}
	sum := sha256.Sum256(content)
	key := hex.EncodeToString(sum[:])[:16]
	agent := Agent{
		Binary:  filepath.Join(dir, key, "vpcgate-agent"),
		Archive: filepath.Join(dir, key, "image.tar"),
		Ref:     "vpcgate.dev/agent:" + key,
	}
	if _, err := os.Stat(agent.Archive); err == nil {
		return agent, nil
	}
	if err := os.MkdirAll(filepath.Dir(agent.Binary), 0o755); err != nil {
		return Agent{}, err
	}
	if err := os.Rename(temp, agent.Binary); err != nil {
		return Agent{}, err
	}
	if err := writeImage(agent.Archive+".new", agent.Ref, content); err != nil {
		return Agent{}, err
	}
	return agent, os.Rename(agent.Archive+".new", agent.Archive) // last: it says that all is there
}

// writeImage writes an image that holds the agent only.
func writeImage(file, ref string, agent []byte) error {
	var plain bytes.Buffer
	tw := tar.NewWriter(&plain)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: Path[1:], Mode: 0o755, Size: int64(len(agent)), ModTime: time.Unix(0, 0)}
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	if _, err := tw.Write(agent); err != nil {
		return err
	}
	if err := tw.Close(); err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(plain.Bytes())), nil })
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	image, err = mutate.ConfigFile(image, withConfig(image))
	if err != nil {
		return err
	}
	tag, err := name.NewTag(ref, name.StrictValidation)
	if err != nil {
		return err
	}
	return tarball.WriteToFile(file, tag, image)
}

// withConfig returns the image's configuration with how the agent starts.
func withConfig(image v1.Image) *v1.ConfigFile {
	config, err := image.ConfigFile()
	if err != nil {
		config = &v1.ConfigFile{} // the image was made from memory a moment ago
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Entrypoint = []string{Path}
	config.Config.Env = []string{"PATH=/"}
	return config
}
