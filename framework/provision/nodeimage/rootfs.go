package nodeimage

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/debian"
)

// dpkgOptions keeps out of the root file system what no node reads. Copyright
// files stay: they are a condition of handing the packages on.
func dpkgOptions() []string {
	var options []string
	for _, folder := range []string{"man", "locale", "doc", "info", "lintian", "bug", "i18n", "bash-completion", "zsh"} {
		options = append(options, "path-exclude=/usr/share/"+folder+"/*")
	}
	// A root file system that a crash cuts short is made anew, so nothing of it has to be synced to the disk.
	return append(options, "path-include=/usr/share/doc/*/copyright", "path-exclude=/usr/lib/udev/*", "force-unsafe-io")
}

// buildRootfs makes the root file system as a tar file.
func (b *builder) buildRootfs(ctx context.Context, out string) error {
	if _, err := cmd.Find("mmdebstrap"); err != nil {
		if err := debian.Install(ctx, "mmdebstrap"); err != nil {
			return err
		}
	}
	temp, err := b.tempDir("rootfs")
	if err != nil {
		return err
	}
	mode := "unshare"
	if os.Geteuid() == 0 {
		mode = "root"
	}
	args := []string{
		"--quiet", "--variant=essential", "--mode=" + mode, "--format=tar",
		`--aptopt=APT::Install-Recommends "false"`, `--aptopt=Acquire::Retries "3"`,
		"--include=" + strings.Join(packages, ","),
	}
	for _, option := range dpkgOptions() {
		args = append(args, "--dpkgopt="+option)
	}
	args = append(args, suite, out)
	if mirror := os.Getenv("VPCGATE_DEBIAN_MIRROR"); mirror != "" {
		args = append(args, mirror)
	}
	_, err = cmd.Run(ctx, cmd.Command{Name: "mmdebstrap", Args: args, Env: []string{"TMPDIR=" + temp}})
	return err
}

// unwanted reports whether an entry of the root file system is left out of the
// image: what the host put there, package lists, device files (the engine makes
// its own), the units that kind's own recipe removes since they make no sense
// in a container, and Perl beyond its base, which came only for a script that
// has already run.
func unwanted(name string) bool {
	for _, pattern := range []string{
		"dev/*", "etc/hostname", "etc/resolv.conf", "etc/machine-id",
		"etc/systemd/system/*.wants/*",
		"usr/lib/systemd/system/multi-user.target.wants/*",
		"usr/lib/systemd/system/local-fs.target.wants/*",
		"usr/lib/systemd/system/basic.target.wants/*",
		"usr/lib/systemd/system/sockets.target.wants/*udev*",
		"usr/lib/systemd/system/sockets.target.wants/*initctl*",
		"usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
		"usr/lib/*/libperl.so*", "var/lib/apt/lists/*", "var/cache/apt/*", "var/cache/debconf/*-old",
		"var/lib/dpkg/*-old", "var/log/*.log",
	} {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	for _, part := range []string{"/perl/", "/perl5/", "/gconv/"} {
		if strings.HasPrefix(name, "usr/") && strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// eachEntry calls visit with every entry of a root file system's tar file, its
// name without the leading dot and slashes.
func eachEntry(file string, visit func(h *tar.Header, content io.Reader) error) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		h.Name = strings.Trim(strings.TrimPrefix(h.Name, "."), "/")
		if h.Typeflag == tar.TypeLink {
			h.Linkname = strings.Trim(strings.TrimPrefix(h.Linkname, "."), "/")
		}
		if h.Name == "" {
			continue
		}
		if err := visit(h, r); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// rootfs writes the wanted entries of a root file system.
func (l *layer) rootfs(file string) error {
	return eachEntry(file, func(h *tar.Header, content io.Reader) error {
		if unwanted(h.Name) {
			return nil
		}
		if h.Typeflag == tar.TypeDir {
			l.dirs[h.Name] = true
			h.Name += "/"
		}
		h.ModTime, h.Format = layerTime(), tar.FormatPAX
		h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
		if err := l.tw.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.Copy(l.tw, content)
		return err
	})
}
