package kindlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// engine speaks to the container engine through its client program, as kind
// does.
type engine struct{}

// container is what the engine tells about a container.
type container struct {
	Name    string
	PID     int
	Running bool
	// Paused is whether its programs stand still; it runs all the same.
	Paused bool
	// Status is the engine's word for its state, ExitCode how it ended.
	Status   string
	ExitCode int
	Image    string
	Labels   map[string]string
}

// inspected is the part of the engine's answer that is read.
type inspected struct {
	Name  string
	State struct {
		Pid             int
		Running, Paused bool
		Status          string
		ExitCode        int
	}
	Config struct {
		Image  string
		Labels map[string]string
	}
}

// mount is a folder or file of the host inside a container.
type mount struct {
	host, inside string
	readOnly     bool
}

// containerSpec is a container to start. Without a network of the engine's, its
// only links are the fabric's.
type containerSpec struct {
	name, hostname, image string
	command, env          []string
	labels                map[string]string
	mounts                []mount
	// network is the engine's word for it; empty means none.
	network    string
	privileges privileges
	// tmpfs are folders in memory.
	tmpfs []string
	// memory is the most that it may take, in the engine's words; empty is no limit.
	memory string
}

// privileges say what a container may do.
type privileges int

const (
	// looking is enough for a person who looks around inside: ip, nft and ping.
	looking privileges = iota
	// privileged is what a container engine in a container needs.
	privileged
	// serving is enough for a server: what the engine gives everybody.
	serving
)

// runArgs returns the client's arguments that start the container.
func (s containerSpec) runArgs() []string {
	args := []string{"run", "--detach", "--name", s.name, "--restart", "no"}
	if s.network == "" {
		args = append(args, "--hostname", s.hostname, "--network", "none")
	} else {
		args = append(args, "--network", s.network) // whose host name it shares
	}
	switch s.privileges {
	case looking:
		args = append(args, "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW")
	case privileged:
		args = append(args, "--privileged")
	case serving:
	}
	if s.memory != "" {
		args = append(args, "--memory", s.memory)
	}
	for _, folder := range s.tmpfs {
		args = append(args, "--tmpfs", folder)
	}
	keys := make([]string, 0, len(s.labels))
	for key := range s.labels {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		args = append(args, "--label", key+"="+s.labels[key])
	}
	for _, m := range s.mounts {
		volume := m.host + ":" + m.inside
		if m.readOnly {
			volume += ":ro"
		}
		args = append(args, "--volume", volume)
	}
	for _, kv := range s.env {
		args = append(args, "--env", kv)
	}
	args = append(args, "--entrypoint", s.command[0], s.image)
	return append(args, s.command[1:]...)
}

// start starts a container and returns it with its process id.
func (e engine) start(ctx context.Context, s containerSpec) (container, error) {
	if _, err := e.run(ctx, s.runArgs()...); err != nil {
		return container{}, errors.Join(fmt.Errorf("start container %s: %w", s.name, err), e.discard(ctx, s))
	}
	c, found, err := e.find(ctx, s.name)
	switch {
	case err != nil:
		return container{}, err
	case !found || !c.Running:
		return container{}, errors.Join(fmt.Errorf("start container %s: it ended at once", s.name), e.discard(ctx, s))
	}
	return c, nil
}

// discard removes a container that did not start, so that its name is free for
// the next attempt; one of that name that is not of our cluster stays.
func (e engine) discard(ctx context.Context, s containerSpec) error {
	ctx = context.WithoutCancel(ctx)
	c, found, err := e.find(ctx, s.name)
	if err != nil || !found || c.Labels[labelCluster] == "" || c.Labels[labelCluster] != s.labels[labelCluster] {
		return err
	}
	return e.remove(ctx, s.name)
}

// find returns a container by its name.
func (e engine) find(ctx context.Context, name string) (container, bool, error) {
	found, err := e.inspect(ctx, name)
	if len(found) == 1 {
		return found[0], true, nil
	}
	if err == nil {
		return container{}, false, nil
	}
	// The client fails alike for a container that is not there and an engine
	// that does not answer; a list fails only for the latter.
	all, err := e.list(ctx, "name=^/?"+name+"$")
	if err != nil || len(all) == 0 {
		return container{}, false, err
	}
	return all[0], true, nil
}

// list returns the containers, running or not, that all filters match, in the
// order of their names.
func (e engine) list(ctx context.Context, filters ...string) ([]container, error) {
	args := []string{"ps", "--all", "--quiet", "--no-trunc"}
	for _, f := range filters {
		args = append(args, "--filter", f)
	}
	out, err := e.run(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	ids := strings.Fields(out)
	if len(ids) == 0 {
		return nil, nil
	}
	// A container that goes away between the two questions makes the second
	// fail, after it has printed the others: what it printed is the answer.
	found, err := e.inspect(ctx, ids...)
	if err != nil && len(found) == 0 {
		_, gone := e.run(ctx, "version")
		return nil, gone
	}
	return found, nil
}

// inspect returns those of the containers that are there, by name or id, and an
// error when one is not.
func (engine) inspect(ctx context.Context, names ...string) ([]container, error) {
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: append([]string{"inspect", "--type", "container"}, names...)})
	found, decodeErr := decodeContainers(result.Stdout)
	if decodeErr != nil {
		return nil, errors.Join(fmt.Errorf("inspect containers: %w", decodeErr), err)
	}
	return found, err
}

func decodeContainers(text string) ([]container, error) {
	var raw []inspected
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	all := make([]container, len(raw))
	for i, r := range raw {
		all[i] = container{
			Name: strings.TrimPrefix(r.Name, "/"), PID: r.State.Pid, Running: r.State.Running, Paused: r.State.Paused,
			Status: r.State.Status, ExitCode: r.State.ExitCode,
			Image: r.Config.Image, Labels: r.Config.Labels,
		}
	}
	slices.SortFunc(all, func(a, b container) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// remove removes containers with their volumes. Those that are gone already are
// no error.
func (e engine) remove(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := e.run(ctx, append([]string{"rm", "--force", "--volumes"}, names...)...)
	if err == nil {
		return nil
	}
	// Older clients complain about containers that are gone: look who is there.
	for _, name := range names {
		if _, there, findErr := e.find(ctx, name); there || findErr != nil {
			return fmt.Errorf("remove containers %s: %w", strings.Join(names, ", "), errors.Join(err, findErr))
		}
	}
	return nil
}

// exec runs a command in a container, with what stdin gives, and returns what it
// printed.
func (e engine) exec(ctx context.Context, name string, stdin io.Reader, command ...string) (string, error) {
	args := []string{"exec"}
	if stdin != nil {
		args = append(args, "--interactive")
	}
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: append(append(args, name), command...), Stdin: stdin})
	return result.Stdout, err
}

// execDetached starts a command in a container that goes on by itself.
func (e engine) execDetached(ctx context.Context, name, env string, command ...string) error {
	_, err := e.run(ctx, append([]string{"exec", "--detach", "--env", env, name}, command...)...)
	return err
}

// starts calls onStart with the name of every container that is started with
// the label, from the given time in the engine's own form on, until ctx ends.
func (e engine) starts(ctx context.Context, label, since string, onStart func(name string)) error {
	return cmd.Lines(ctx, cmd.Command{Name: "docker", Args: []string{
		"events", "--since", since, "--filter", "type=container", "--filter", "event=start",
		"--filter", "label=" + label, "--format", "{{.Actor.Attributes.name}}",
	}}, func(from cmd.Stream, line string) {
		if from == cmd.Stdout && line != "" {
			onStart(line)
		}
	})
}

// runBoth returns what the client prints on both of its streams.
func (engine) runBoth(ctx context.Context, args ...string) (string, error) {
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: args})
	return result.Stdout + result.Stderr, err
}

func (engine) run(ctx context.Context, args ...string) (string, error) {
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: args})
	return result.Stdout, err
}
