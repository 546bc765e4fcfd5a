package preflight

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/provision/debian"
	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/hostimage"
	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/provision/ociwrap"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/serviceimage"
)

// engineSocket is where an engine listens unless told otherwise.
const engineSocket = "/var/run/docker.sock"

// Options says what to ask about. The zero value asks about kind's default
// Kubernetes version and the usual folders.
type Options struct {
	// K8sVersion is the Kubernetes version of the node image.
	K8sVersion string
	// CacheDir is where built components are kept; empty means place.Cache.
	CacheDir string
}

// Doctor collects the facts of this host and evaluates them. It changes nothing.
func Doctor(ctx context.Context, o Options) Report { return Evaluate(Collect(ctx, o)) }

// Collect returns the facts of this host. A program that is not root's learns
// more when it has called netns.ReexecInUserNamespace first. What cannot be found out is left at
// its zero value, which the evaluation takes for missing.
func Collect(ctx context.Context, o Options) Facts {
	f := Facts{
		Distribution: debian.Detect().Pretty,
		Root:         os.Geteuid() == 0 && !netns.InUserNamespace(),
		CanInstall:   debian.CanInstall(),
		CPUs:         runtime.NumCPU(),
		K8sVersion:   o.K8sVersion,
		Cgroup:       cgroupVersion(),
		MemoryFree:   memoryFree(),
		DiskFree:     diskFree(o.CacheDir),
	}
	if f.K8sVersion == "" {
		f.K8sVersion = nodeimage.DefaultK8sVersion()
	}
	f.Kernel = strings.TrimSpace(read("/proc/sys/kernel/osrelease"))
	f.MissingCapabilities, _ = ociwrap.MissingHere() // unreadable means none are known to be missing
	_, err := cmd.Find("mmdebstrap")
	f.Mmdebstrap = err == nil
	f.Source, _ = place.Source() // empty says that there is none
	if result, err := cmd.Run(ctx, cmd.Command{Name: "go", Args: []string{"env", "GOVERSION"}}); err == nil {
		f.Go = strings.TrimSpace(result.Stdout)
	}
	f.tryKernel(ctx)
	f.askEngine(ctx, o)
	return f
}

// askEngine fills in what the engine says.
func (f *Facts) askEngine(ctx context.Context, o Options) {
	found, err := engine.Ask(ctx)
	if err != nil {
		_, daemon := cmd.Find("dockerd")
		switch {
		case errors.Is(unix.Access(engineSocket, unix.W_OK), unix.EACCES):
			f.Engine = EngineForbidden
		case daemon == nil:
			f.Engine = EngineInstalled
		}
		return
	}
	f.Engine, f.EngineVersion = EngineRunning, found.Version
	if err := engine.Judge(found); err != nil {
		f.EngineProblem = err.Error()
	}
	image, ok, err := nodeimage.Find(ctx, nodeimage.Options{K8sVersion: o.K8sVersion, CacheDir: o.CacheDir})
	if err == nil && ok {
		f.NodeImage = image.Ref
	}
	if f.NodeImage == "" || !hostimage.Find(ctx, f.NodeImage) {
		f.MissingImages = append(f.MissingImages, "host engine")
	}
	for _, s := range serviceimage.Services() {
		if _, ok := serviceimage.Find(ctx, s); !ok {
			f.MissingImages = append(f.MissingImages, string(s))
		}
	}
}

// cgroupVersion returns the version of the control groups that are mounted.
func cgroupVersion() string {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return "2"
	}
	if entries, err := os.ReadDir("/sys/fs/cgroup"); err == nil && len(entries) > 0 {
		return "1"
	}
	return ""
}

// memoryFree returns the memory that can be had without harm to others.
func memoryFree() int64 {
	for line := range strings.Lines(read("/proc/meminfo")) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemAvailable:" {
			continue
		}
		kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0
		}
		return kilobytes << 10
	}
	return 0
}

// diskFree returns what is free where the cache is or will be.
func diskFree(cache string) int64 {
	if cache == "" {
		var err error
		if cache, err = place.Cache(); err != nil {
			return 0
		}
	}
	for dir := cache; ; dir = filepath.Dir(dir) {
		var s unix.Statfs_t
		err := unix.Statfs(dir, &s)
		if err == nil {
			return int64(s.Bavail) * s.Bsize
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return 0
		}
	}
}

// read returns a file's text, empty when it cannot be read.
func read(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(text)
}
