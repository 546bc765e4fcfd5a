package debian

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// lockTimeout is how long apt waits for another apt to end, in seconds: long
// enough for somebody's ordinary installation.
const lockTimeout = "300"

// ErrCannotInstall is matched by the errors of Install on a host where nothing
// can be installed.
var ErrCannotInstall = errors.New("packages can be installed only as root on Debian or its kin")

// Host is what is known about the host's distribution.
type Host struct {
	// ID is the distribution, as "debian".
	ID string
	// Like lists what it descends from.
	Like []string
	// Version is its version number, as "12".
	Version string
	// Pretty is its name for people.
	Pretty string
}

// Kin reports whether the host is Debian or descends from it.
func (h Host) Kin() bool {
	if h.ID == "debian" {
		return true
	}
	for _, like := range h.Like {
		if like == "debian" {
			return true
		}
	}
	return false
}

// Detect reads what the host's distribution is. A host that does not say is the
// zero Host.
func Detect() Host {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return Host{}
	}
	return Parse(string(data))
}

// Parse reads the text of an os-release file.
func Parse(text string) Host {
	var h Host
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			h.ID = value
		case "ID_LIKE":
			h.Like = strings.Fields(value)
		case "VERSION_ID":
			h.Version = value
		case "PRETTY_NAME":
			h.Pretty = value
		}
	}
	return h
}

// CanInstall reports whether Install can work here at all.
func CanInstall() bool {
	if os.Geteuid() != 0 || !Detect().Kin() {
		return false
	}
	_, err := cmd.Find("apt-get")
	return err == nil
}

// Install installs the packages without what they only recommend. The package
// lists are fetched first when the installation fails without.
func Install(ctx context.Context, packages ...string) error {
	names := strings.Join(packages, " ")
	if !CanInstall() {
		return fmt.Errorf("install %s: %w", names, ErrCannotInstall)
	}
	if apt(ctx, append([]string{"install", "--no-install-recommends"}, packages...)...) == nil {
		return nil
	}
	// Lists that are missing or older than the archive are the usual cause.
	if err := apt(ctx, "update"); err != nil {
		return fmt.Errorf("install %s: %w", names, err)
	}
	if err := apt(ctx, append([]string{"install", "--no-install-recommends"}, packages...)...); err != nil {
		return fmt.Errorf("install %s: %w", names, err)
	}
	return nil
}

// apt runs apt-get without questions.
func apt(ctx context.Context, args ...string) error {
	_, err := cmd.Run(ctx, cmd.Command{
		Name: "apt-get",
		Args: append([]string{"-y", "-q", "-o", "DPkg::Lock::Timeout=" + lockTimeout}, args...),
		Env:  []string{"DEBIAN_FRONTEND=noninteractive"},
	})
	return err
}
