package engine

import (
	"encoding/json"
	"fmt"
	"strings"
)

// runtimeName is the name of the OCI runtime wrapper in the engine.
const runtimeName = "vpcgate"

// Config returns the configuration of the engine that we start: the host's own,
// which may be empty, with our OCI runtime as the default one when a wrapper is
// given. Nothing else of the host's configuration is changed.
func Config(host []byte, wrapper string) ([]byte, error) {
	config := map[string]any{}
	if len(strings.TrimSpace(string(host))) > 0 {
		if err := json.Unmarshal(host, &config); err != nil {
			return nil, fmt.Errorf("read the host's engine configuration: %w", err)
		}
	}
	if wrapper != "" {
		runtimes, ok := config["runtimes"].(map[string]any)
		if !ok {
			runtimes = map[string]any{}
		}
		runtimes[runtimeName] = map[string]any{"path": wrapper}
		config["runtimes"], config["default-runtime"] = runtimes, runtimeName
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write engine configuration: %w", err)
	}
	return append(text, '\n'), nil
}

// Facts are what decides whether an engine can run privileged containers.
type Facts struct {
	// Version is the engine's version.
	Version string
	// DefaultRuntime is the OCI runtime of containers that name none.
	DefaultRuntime string
	// Local reports that the engine runs on this very kernel.
	Local bool
	// CgroupVersion is "1" or "2".
	CgroupVersion string
	// MissingCapabilities lists what this host cannot hand on.
	MissingCapabilities []string
}

// PrivilegedError says that the engine that runs cannot start privileged
// containers, and what to do.
type PrivilegedError struct {
	// Facts are what was found.
	Facts Facts
}

// Error names what is missing, why it is needed and how to go on.
func (e *PrivilegedError) Error() string {
	return fmt.Sprintf("this host lacks %s, so its engine (%s, default runtime %s) fails at every privileged container, "+
		"and each kind node is one; stop that engine so that vpcgate starts its own with a runtime that asks only for what "+
		"the host has, or register vpcgate-runc as its default runtime yourself (framework/DESIGN.md, Hosts)",
		strings.Join(e.Facts.MissingCapabilities, ", "), e.Facts.Version, e.Facts.DefaultRuntime)
}

// Judge returns a *PrivilegedError when an engine of these facts would fail at
// privileged containers. A default runtime that is none of the plain ones was
// chosen by somebody who knows the host, and an engine elsewhere has
// capabilities of its own.
func Judge(f Facts) error {
	plain := f.DefaultRuntime == "runc" || f.DefaultRuntime == "crun" || f.DefaultRuntime == "io.containerd.runc.v2"
	if f.Local && plain && len(f.MissingCapabilities) > 0 {
		return &PrivilegedError{Facts: f}
	}
	return nil
}
