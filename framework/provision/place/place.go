package place

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Module is the path of the Go module whose source builds the images.
const Module = "github.com/vpcgate/vpcgate"

// Cache returns the folder of what can be built again: VPCGATE_CACHE, else
// vpcgate in XDG_CACHE_HOME, else .cache/vpcgate in the home folder.
func Cache() (string, error) {
	return choose("VPCGATE_CACHE", "XDG_CACHE_HOME", ".cache")
}

// State returns the folder of what runs on behalf of vpcgate (the engine's
// configuration, log and process id): VPCGATE_STATE, else vpcgate in
// XDG_STATE_HOME, else .local/state/vpcgate in the home folder.
func State() (string, error) {
	return choose("VPCGATE_STATE", "XDG_STATE_HOME", ".local/state")
}

// choose returns our own variable's folder, else vpcgate in the base folder.
func choose(own, base, inHome string) (string, error) {
	if dir := os.Getenv(own); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv(base); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vpcgate"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find home folder (set %s to do without): %w", own, err)
	}
	return filepath.Join(home, inHome, "vpcgate"), nil
}

// ErrNoSource is returned by Source when the module's source is not at hand.
var ErrNoSource = errors.New("source of " + Module + " not found: work in its folder or set VPCGATE_SOURCE to it")

// Source returns the root of the module's source: VPCGATE_SOURCE, else the
// nearest folder above the working directory whose go.mod names the module.
func Source() (string, error) {
	if dir := os.Getenv("VPCGATE_SOURCE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find source: %w", err)
	}
	for {
		if isModule(dir) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNoSource
		}
		dir = parent
	}
}

// isModule reports whether the folder holds the module's go.mod.
func isModule(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimSpace(first)) == "module "+Module
}
