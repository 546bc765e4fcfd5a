package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/provision/debian"
	"github.com/vpcgate/vpcgate/framework/provision/ociwrap"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// Time limits. An engine starts in about two seconds; a minute is for a disk
// that is busy with something else.
const (
	askLimit      = 5 * time.Second
	startLimit    = time.Minute
	startInterval = 100 * time.Millisecond
)

// hostConfig is where the host's own engine has its configuration.
const hostConfig = "/etc/docker/daemon.json"

// ErrNotRunning is matched when no engine answers.
var ErrNotRunning = errors.New("no container engine answers")

// Options says where an engine that we start keeps its things. The zero value
// is useful.
type Options struct {
	// StateDir is where configuration, log and process id go; empty means
	// place.State.
	StateDir string
	// SourceDir is the root of vpcgate's source; empty means place.Source.
	SourceDir string
	// Progress is told about every step; nil means nobody is.
	Progress progress.Func
}

// Engine is a running engine that can run kind's nodes.
type Engine struct {
	Facts
	// StartedByUs reports that this call started it.
	StartedByUs bool
	// Log is the file that an engine of ours writes to; empty for others.
	Log string
}

// Ask returns the facts of the engine that runs. When none does the error
// matches ErrNotRunning.
func Ask(ctx context.Context) (Facts, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, errors.New("engine did not answer in time"))
	defer cancel()
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"info", "--format", "{{json .}}"}})
	if err != nil {
		return Facts{}, fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	facts, err := parseInfo(result.Stdout)
	if err != nil {
		return Facts{}, err
	}
	if facts.MissingCapabilities, err = ociwrap.MissingHere(); err != nil {
		return Facts{}, err
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return Facts{}, fmt.Errorf("read kernel release: %w", err)
	}
	facts.Local = facts.Local && strings.Contains(result.Stdout, strings.TrimSpace(string(kernel)))
	return facts, nil
}

// parseInfo reads what the engine says about itself.
func parseInfo(text string) (Facts, error) {
	var info struct {
		ServerVersion, DefaultRuntime, CgroupVersion string
		ServerErrors                                 []string
	}
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		return Facts{}, fmt.Errorf("read engine's facts: %w", err)
	}
	// The client may exit with 0 although no server answered.
	if len(info.ServerErrors) > 0 || info.ServerVersion == "" {
		return Facts{}, fmt.Errorf("%w: %s", ErrNotRunning, strings.Join(info.ServerErrors, "; "))
	}
	host := os.Getenv("DOCKER_HOST")
	return Facts{
		Version: info.ServerVersion, DefaultRuntime: info.DefaultRuntime, CgroupVersion: info.CgroupVersion,
		Local: host == "" || strings.HasPrefix(host, "unix://"),
	}, nil
}

// Ensure returns a running engine that can run privileged containers: the one
// that runs already, else one that it starts, after installing it where that is
// possible. Two processes that ask at once start one.
func Ensure(ctx context.Context, o Options) (Engine, error) {
	facts, err := Ask(ctx)
	if err == nil {
		o.Progress.Tell(progress.Step{Task: "engine", State: progress.Cached, Note: facts.Version})
		return Engine{Facts: facts}, Judge(facts)
	}
	if !errors.Is(err, ErrNotRunning) {
		return Engine{}, err
	}
	if o.StateDir == "" {
		if o.StateDir, err = place.State(); err != nil {
			return Engine{}, fmt.Errorf("start engine: %w", err)
		}
	}
	unlock, err := place.Lock(ctx, filepath.Join(o.StateDir, "engine.lock"), nil)
	if err != nil {
		return Engine{}, fmt.Errorf("start engine: %w", err)
	}
	defer unlock()
	if facts, err := Ask(ctx); err == nil { // another process started it meanwhile
		return Engine{Facts: facts}, Judge(facts)
	}
	end := o.Progress.Begin(progress.Step{Task: "engine", Name: "start"})
	found, err := o.start(ctx)
	end(err)
	return found, err
}

// start installs what is missing and starts the engine.
func (o Options) start(ctx context.Context) (Engine, error) {
	if os.Geteuid() != 0 {
		return Engine{}, fmt.Errorf("start engine: only root can; start Docker as your system does (%w)", ErrNotRunning)
	}
	if err := install(ctx, o.Progress); err != nil {
		return Engine{}, err
	}
	if facts, err := Ask(ctx); err == nil { // where systemd runs, installing has started it
		return Engine{Facts: facts}, Judge(facts)
	}
	dir := filepath.Join(o.StateDir, "engine")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Engine{}, fmt.Errorf("start engine: %w", err)
	}
	if err := o.configure(ctx, dir); err != nil {
		return Engine{}, fmt.Errorf("configure engine: %w", err)
	}
	log := filepath.Join(dir, "dockerd.log")
	pid, err := cmd.Start(cmd.Command{
		Name: "dockerd",
		Args: []string{"--config-file", filepath.Join(dir, "daemon.json"), "--pidfile", filepath.Join(dir, "dockerd.pid")},
	}, log)
	if err != nil {
		return Engine{}, err
	}
	facts, err := await(ctx, pid, log)
	if err != nil {
		return Engine{}, err
	}
	return Engine{Facts: facts, StartedByUs: true, Log: log}, Judge(facts)
}

// install installs the engine where the host has none.
func install(ctx context.Context, report progress.Func) error {
	_, daemon := cmd.Find("dockerd")
	_, client := cmd.Find("docker")
	if daemon == nil && client == nil {
		return nil
	}
	if !debian.CanInstall() {
		return errors.New("find engine: there is no Docker, which runs the nodes of every cluster; " +
			"install it as your system does (https://docs.docker.com/engine/install/); vpcgate installs it by itself only as root on Debian")
	}
	end := report.Begin(progress.Step{Task: "engine", Name: "install docker.io"})
	err := debian.Install(ctx, "docker.io", "iptables")
	end(err)
	return err
}

// configure writes the configuration of the engine that we start and, where the
// host lacks capabilities, builds the OCI runtime wrapper that it needs.
func (o Options) configure(ctx context.Context, dir string) error {
	missing, err := ociwrap.MissingHere()
	if err != nil {
		return err
	}
	wrapper := ""
	if len(missing) > 0 {
		wrapper = filepath.Join(dir, "vpcgate-runc")
		if err := o.buildWrapper(ctx, wrapper); err != nil {
			return err
		}
	}
	host, err := os.ReadFile(hostConfig)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	config, err := Config(host, wrapper)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "daemon.json"), config, 0o644)
}

// buildWrapper compiles the OCI runtime wrapper.
func (o Options) buildWrapper(ctx context.Context, to string) error {
	source := o.SourceDir
	if source == "" {
		var err error
		if source, err = place.Source(); err != nil {
			return err
		}
	}
	temp := to + ".new"
	_, err := cmd.Run(ctx, cmd.Command{
		Name: "go", Args: []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", temp, "./framework/cmd/vpcgate-runc"},
		Dir: source, Env: []string{"CGO_ENABLED=0"},
	})
	if err != nil {
		return err
	}
	return os.Rename(temp, to)
}

// await waits until the engine answers, or has ended.
func await(ctx context.Context, pid int, log string) (Facts, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("start limit %s ended", startLimit))
	defer cancel()
	var facts Facts
	err := poll.Until(ctx, startInterval, func(ctx context.Context) (bool, string, error) {
		var err error
		if facts, err = Ask(ctx); err == nil {
			return true, "", nil
		}
		if syscall.Kill(pid, 0) != nil {
			return false, "", errors.New("it ended")
		}
		return false, err.Error(), nil
	})
	if err != nil {
		return Facts{}, fmt.Errorf("start engine (process %s): %w\n%s", strconv.Itoa(pid), err, lastLines(log))
	}
	return facts, nil
}

// lastLines returns the end of a log for an error message.
func lastLines(log string) string {
	const lines = 20
	text, err := os.ReadFile(log)
	if err != nil {
		return fmt.Sprintf("  | log: %v", err)
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return "  | " + strings.Join(all, "\n  | ")
}
