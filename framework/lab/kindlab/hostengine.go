package kindlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// A host's container engine is a real Docker daemon in a privileged container of
// its own that shares the host's network namespace. To the network it is on the
// host; and the host need not be made anew when its engine comes, changes or goes.

// daemonConfigPath is where the daemon finds its configuration.
const daemonConfigPath = "/etc/docker/daemon.json"

// daemonConfig is the part of Docker's daemon.json that worlds speak of.
//
// Source: Docker, "dockerd", daemon configuration file.
type daemonConfig struct {
	BridgeIP string        `json:"bip,omitempty"`
	Pools    []addressPool `json:"default-address-pools,omitempty"`
	// StorageDriver is the one that every file system can hold.
	StorageDriver string `json:"storage-driver"`
}

type addressPool struct {
	Base string `json:"base"`
	Size int    `json:"size"`
}

// renderDaemonConfig returns the daemon.json of an engine.
func renderDaemonConfig(e topology.Engine) ([]byte, error) {
	c := daemonConfig{StorageDriver: "vfs"}
	if e.BridgeIP.IsValid() {
		c.BridgeIP = e.BridgeIP.String()
	}
	for _, p := range e.Pools {
		c.Pools = append(c.Pools, addressPool{Base: p.String(), Size: p.Bits()})
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("render daemon.json: %w", err)
	}
	return append(text, '\n'), nil
}

// hostEngineSpec is the container of a host's engine. What it keeps is in memory,
// so that a new one begins with nothing. Its label tells the configuration that
// it was started with.
func hostEngineSpec(id identity, host, peer, image, configFile string, config []byte) containerSpec {
	labels := id.labels(roleEngine, host)
	labels[labelConfig] = digest(string(config))
	return containerSpec{
		name: containerName(id.cluster, host+"-engine"), image: image, network: "container:" + peer, privileges: privileged,
		// Without a name server, as nothing here resolves names: an engine keeps
		// its networks away from the ones that it finds.
		command: []string{"bash", "-c", ": > /etc/resolv.conf; exec dockerd --config-file " + daemonConfigPath},
		labels:  labels,
		tmpfs:   []string{"/run", "/var/lib/docker"},
		mounts:  []mount{{host: configFile, inside: daemonConfigPath, readOnly: true}},
	}
}

// needEngineImage makes the image ready when a world is the first to need it.
func (l *Lab) needEngineImage(ctx context.Context, w topology.World) error {
	needs := slices.ContainsFunc(w.Hosts, func(h topology.Host) bool { return h.Engine != nil })
	switch {
	case !needs || l.engineImage != "":
		return nil
	case l.options.EngineImage == nil:
		return cannotHost(w, errors.New("this lab has no image of a host's container engine"))
	}
	var err error
	l.engineImage, err = l.options.EngineImage(ctx)
	return err
}

// syncEngines makes the engines of the world's hosts what the world says. The
// hosts are wired: an engine looks at its host's routes when it chooses.
func (l *Lab) syncEngines(ctx context.Context, w topology.World) error {
	var surplus []string
	for _, host := range l.bodies.named(roleEngine) {
		h, ok := hostNamed(w, host)
		if !ok || h.Engine == nil {
			surplus = append(surplus, host)
		}
	}
	var wanted []topology.Host
	for _, h := range w.Hosts {
		if h.Engine != nil {
			wanted = append(wanted, h)
		}
	}
	return concurrently(ctx,
		func(ctx context.Context) error { return forEach(ctx, surplus, l.removeEngine) },
		func(ctx context.Context) error {
			return forEach(ctx, wanted, func(ctx context.Context, h topology.Host) error {
				if err := l.syncEngine(ctx, w, h); err != nil {
					return fmt.Errorf("container engine of %s: %w", h.Name, err)
				}
				return nil
			})
		})
}

func hostNamed(w topology.World, name string) (topology.Host, bool) {
	i := slices.IndexFunc(w.Hosts, func(h topology.Host) bool { return h.Name == name })
	if i < 0 {
		return topology.Host{}, false
	}
	return w.Hosts[i], true
}

// syncEngine changes the networks of a running engine where that is enough, and
// starts a new one where it is not: with another configuration, or where the
// networks would not be those that a new one chooses.
func (l *Lab) syncEngine(ctx context.Context, w topology.World, h topology.Host) error {
	config, err := renderDaemonConfig(*h.Engine)
	if err != nil {
		return err
	}
	if b := l.bodies.get(bodyKey(roleEngine, h.Name)); b != nil && b.Labels[labelConfig] == digest(string(config)) {
		if err := l.alignNetworks(ctx, b.Name, *h.Engine); err != nil {
			return err
		}
		if l.checkNetworks(ctx, b.Name, w, h) == nil {
			return nil
		}
	}
	if err := l.removeEngine(ctx, h.Name); err != nil {
		return err
	}
	name, err := l.startEngine(ctx, h.Name, config)
	if err != nil {
		return err
	}
	if err := l.alignNetworks(ctx, name, *h.Engine); err != nil {
		return err
	}
	return l.checkNetworks(ctx, name, w, h)
}

// startEngine starts a host's engine, waits until it answers its own client, and
// returns its container's name.
func (l *Lab) startEngine(ctx context.Context, host string, config []byte) (string, error) {
	peer := l.bodies.get(bodyKey(rolePeer, host))
	if peer == nil {
		return "", errors.New("the host does not run")
	}
	file := l.state.daemonConfig(host)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, config, 0o644)); err != nil {
		return "", fmt.Errorf("write daemon.json: %w", err)
	}
	key := bodyKey(roleEngine, host)
	spec := hostEngineSpec(l.id, host, peer.Name, l.engineImage, file, config)
	if err := l.bodies.start(ctx, map[string]containerSpec{key: spec}); err != nil {
		return "", err
	}
	err := poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		if _, err := l.look(ctx, spec.name, l.bodies.get(key).PID, "docker", "version", "--format", "{{.Server.Version}}"); err != nil {
			if c, found, findErr := l.engine.find(ctx, spec.name); findErr == nil && (!found || !c.Running) {
				return false, "", fmt.Errorf("it ended; see docker logs %s: %w", spec.name, err)
			}
			return false, err.Error(), nil
		}
		return true, "", nil
	})
	if err != nil {
		return "", fmt.Errorf("await engine: %w", err)
	}
	l.tell("container engine of %s runs", host)
	return spec.name, nil
}

// removeEngine removes a host's engine with what it made in the host's network:
// bridges, packet filter tables, and forwarding. Where there is none it does
// nothing.
func (l *Lab) removeEngine(ctx context.Context, host string) error {
	key := bodyKey(roleEngine, host)
	if l.bodies.get(key) == nil {
		return nil
	}
	name := l.bodies.get(key).Name
	ns := l.bodies.get(key).ns
	// Its own tool removes its tables, while it is still there. What is not
	// there need not be removed.
	if _, err := l.engine.exec(ctx, name, nil, "nft", "add table ip filter; add table ip nat; delete table ip filter; delete table ip nat"); err != nil {
		return fmt.Errorf("remove container engine of %s: %w", host, err)
	}
	errs := []error{removeBridges(ns), link.SetSysctls(ns, []netns.Setting{{Key: "net.ipv4.ip_forward", Value: "0"}})}
	errs = append(errs, l.bodies.remove(ctx, key))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove container engine of %s: %w", host, err)
	}
	return nil
}

func removeBridges(ns *netns.Namespace) error {
	links, err := link.List(ns)
	if err != nil {
		return err
	}
	var errs []error
	for _, one := range links {
		if one.Kind == "bridge" {
			errs = append(errs, link.Delete(ns, one.Name))
		}
	}
	return errors.Join(errs...)
}

// alignNetworks removes the user's networks that the engine should not have and
// creates those that it lacks, in the order of the world.
func (l *Lab) alignNetworks(ctx context.Context, container string, e topology.Engine) error {
	there, err := l.engineNetworks(ctx, container)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if name != topology.DefaultBridge && !slices.ContainsFunc(e.Networks, func(n topology.EngineNetwork) bool { return n.Name == name }) {
			if _, err := l.engine.exec(ctx, container, nil, "docker", "network", "rm", name); err != nil {
				return fmt.Errorf("remove network %s: %w", name, err)
			}
		}
	}
	for _, n := range e.Networks {
		if _, ok := there[n.Name]; ok {
			continue
		}
		if _, err := l.engine.exec(ctx, container, nil, networkCommand(n)...); err != nil {
			return fmt.Errorf("create network %s: %w", n.Name, err)
		}
	}
	return nil
}

// networkCommand creates a network, with the name that the fabric's rules know
// its bridge by.
func networkCommand(n topology.EngineNetwork) []string {
	command := []string{"docker", "network", "create", "--driver", "bridge", "--opt", "com.docker.network.bridge.name=" + fabric.BridgeName(n.Name)}
	if n.CIDR.IsValid() {
		command = append(command, "--subnet", n.CIDR.Masked().String())
	}
	return append(command, n.Name)
}

// engineNetworks asks an engine for its bridge networks and their blocks. Its
// own first one is named as its bridge.
func (l *Lab) engineNetworks(ctx context.Context, container string) (map[string]netip.Prefix, error) {
	const format = "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}"
	out, err := l.engine.exec(ctx, container, nil, "bash", "-c",
		"docker network inspect --format '"+format+"' $(docker network ls --quiet --filter driver=bridge)")
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	all := map[string]netip.Prefix{}
	for line := range strings.Lines(out) {
		name, block, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "bridge" {
			name = topology.DefaultBridge
		}
		if all[name], err = netip.ParsePrefix(block); err != nil {
			return nil, fmt.Errorf("read block of network %s: %w", name, err)
		}
	}
	return all, nil
}

// checkNetworks reports where the networks that the engine has are not those
// that the world says it chooses.
func (l *Lab) checkNetworks(ctx context.Context, container string, w topology.World, h topology.Host) error {
	there, err := l.engineNetworks(ctx, container)
	if err != nil {
		return err
	}
	var problems []error
	wanted := w.EngineNetworks(h)
	for _, n := range wanted {
		if block, ok := there[n.Name]; !ok || block != n.CIDR {
			problems = append(problems, fmt.Errorf("network %s is %s, want %s", n.Name, block, n.CIDR))
		}
	}
	if len(there) != len(wanted) {
		problems = append(problems, fmt.Errorf("it has %d networks, want %d", len(there), len(wanted)))
	}
	return errors.Join(problems...)
}
