package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// recipeFolder is where this package is in the source.
const recipeFolder = "framework/provision/nodeimage"

// task is the name under which the build reports its progress.
const task = "node image"

// builder builds one image from one set of inputs. Only one at a time may use
// a cache; the caller holds its lock.
type builder struct {
	in     inputs
	source string
	cache  string
	temp   string
	report progress.Func
}

// component is one file or folder of the cache, keyed by what it is made from.
type component struct {
	name  string
	key   string
	build func(ctx context.Context, out string) error
}

// newBuilder collects the inputs for a Kubernetes version.
func newBuilder(ctx context.Context, source, cache, version string, report progress.Func) (*builder, error) {
	b := &builder{source: source, cache: cache, report: report, in: inputs{version: version}}
	if _, err := stagingVersion(version); err != nil {
		return nil, err
	}
	var err error
	if b.in.module, err = readTree(filepath.Join(source, moduleFolder)); err != nil {
		return nil, err
	}
	if b.in.recipe, err = readTree(filepath.Join(source, recipeFolder)); err != nil {
		return nil, err
	}
	maps.DeleteFunc(b.in.recipe, func(path string, _ []byte) bool { return !isRecipe(path) })
	kind, err := kindFolder(ctx, source)
	if err != nil {
		return nil, err
	}
	if b.in.kindFiles, err = readTree(filepath.Join(kind, "images/base/files")); err != nil {
		return nil, err
	}
	// Asked inside the module of components: its go.mod may name a newer toolchain.
	b.in.toolchain, err = goOutput(ctx, filepath.Join(source, moduleFolder), "env", "GOVERSION")
	return b, err
}

// kindFolder returns where the source of kind is, as the root module pins it.
func kindFolder(ctx context.Context, source string) (string, error) {
	const kind = "sigs.k8s.io/kind"
	if _, err := goOutput(ctx, source, "mod", "download", kind); err != nil {
		return "", err
	}
	return goOutput(ctx, source, "list", "-m", "-f", "{{.Dir}}", kind)
}

// goOutput returns what a run of the Go command prints.
func goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	result, err := cmd.Run(ctx, goCommand(dir, args...))
	return strings.TrimSpace(result.Stdout), err
}

// components returns the parts of the image in the order of building. The image
// itself comes after the last.
func (b *builder) components() []component {
	all := []component{{name: "rootfs", key: b.in.rootfsKey(), build: b.buildRootfs}}
	store := []string{recipeVersion, "store", b.in.version, b.in.rootfsKey(), filesKey(b.in.recipe, "")}
	for _, p := range programs() {
		k := b.in.programKey(p)
		store = append(store, k)
		all = append(all, component{name: p.name, key: k, build: func(ctx context.Context, out string) error {
			return b.buildProgram(ctx, p, out)
		}})
	}
	return append(all, component{name: "store", key: key(store...), build: b.buildStore})
}

// file returns where the named component is in the cache.
func (b *builder) file(name string) string {
	for _, c := range b.components() {
		if c.name == name {
			return b.at(c)
		}
	}
	return ""
}

// at returns where a component is in the cache.
func (b *builder) at(c component) string {
	return filepath.Join(b.cache, "components", c.name+"-"+c.key)
}

// tempDir returns a fresh folder for what a step needs only while it runs.
func (b *builder) tempDir(name string) (string, error) {
	return os.MkdirTemp(b.temp, name+"-*")
}

// temporary is the folder, in the cache, of a build under way.
const temporary = "tmp"

// build builds what is missing and loads the image into the engine.
func (b *builder) build(ctx context.Context) (err error) {
	// What an interrupted build left here belongs to nobody: the lock is ours.
	b.temp = filepath.Join(b.cache, temporary)
	if err := errors.Join(os.RemoveAll(b.temp), os.MkdirAll(b.temp, 0o755)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(b.cache, "components"), 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.temp)) }()
	all := b.components()
	if err := b.buildAll(ctx, all); err != nil {
		return err
	}
	end := b.report.Begin(progress.Step{Task: task, Name: "image", Index: len(all) + 1, Total: len(all) + 1, Note: b.in.ref()})
	err = b.compose(ctx)
	end(err)
	return err
}

// buildAll builds the components: the root file system, which mostly waits for
// the network, beside the programs; the store, which needs both, last.
func (b *builder) buildAll(ctx context.Context, all []component) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	last := len(all) - 1
	var rootfs error
	var beside sync.WaitGroup
	beside.Go(func() {
		if rootfs = b.ensure(ctx, all[0], 1, len(all)+1); rootfs != nil {
			cancel(rootfs)
		}
	})
	var programs error
	for i := 1; i < last && programs == nil; i++ {
		programs = b.ensure(ctx, all[i], i+1, len(all)+1)
	}
	if programs != nil {
		cancel(programs)
	}
	beside.Wait()
	switch {
	case rootfs != nil && (programs == nil || errors.Is(programs, rootfs)):
		return rootfs
	case programs != nil:
		return programs
	}
	return b.ensure(ctx, all[last], last+1, len(all)+1)
}

// ensure builds one component unless the cache has it. A component appears in
// the cache whole or not at all.
func (b *builder) ensure(ctx context.Context, c component, index, total int) error {
	step := progress.Step{Task: task, Name: c.name, Index: index, Total: total}
	if _, err := os.Stat(b.at(c)); err == nil {
		step.State = progress.Cached
		b.report.Tell(step)
		return nil
	}
	end := b.report.Begin(step)
	err := func() error {
		dir, err := b.tempDir("component")
		if err != nil {
			return err
		}
		out := filepath.Join(dir, c.name)
		if err := c.build(ctx, out); err != nil {
			return err
		}
		return os.Rename(out, b.at(c))
	}()
	if err != nil {
		err = fmt.Errorf("build component %s: %w", c.name, err)
	}
	end(err)
	return err
}

// buildProgram compiles one program.
func (b *builder) buildProgram(ctx context.Context, p program, out string) error {
	module := filepath.Join(b.source, moduleFolder, runtimeFolder)
	if !p.runtime {
		var err error
		if module, err = b.prepareModule(ctx); err != nil {
			return err
		}
	}
	_, err := cmd.Run(ctx, goCommand(module, append(p.args(b.in.version), "-o", out, p.pkg)...))
	return err
}
