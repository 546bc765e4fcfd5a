package serviceimage

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/debian"
)

// layerFile is where a layer is in the cache.
func layerFile(dir string, s Service) string {
	return filepath.Join(dir, string(s)+"-"+layersKey()+".tar")
}

// haveLayers reports whether all layers are in the cache.
func haveLayers(dir string) bool {
	for _, s := range append(Services(), base) {
		if _, err := os.Stat(layerFile(dir, s)); err != nil {
			return false
		}
	}
	return true
}

// makeLayers extracts the packages and makes a layer of each server and the one
// that they share. A layer appears in the cache whole or not at all.
func makeLayers(ctx context.Context, dir string) (err error) {
	if _, err := cmd.Find("mmdebstrap"); err != nil {
		if err := debian.Install(ctx, "mmdebstrap"); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(dir, temporary)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	all := filepath.Join(temp, "all.tar")
	args := []string{
		"--quiet", "--variant=extract", "--format=tar", "--mode=" + mode(),
		`--aptopt=APT::Install-Recommends "false"`, `--aptopt=Acquire::Retries "3"`,
		"--include=" + strings.Join(packages, ","), suite, all,
	}
	if mirror := os.Getenv("VPCGATE_DEBIAN_MIRROR"); mirror != "" {
		args = append(args, mirror)
	}
	if _, err := cmd.Run(ctx, cmd.Command{Name: "mmdebstrap", Args: args, Env: []string{"TMPDIR=" + temp}}); err != nil {
		return err
	}
	if err := splitFile(all, temp); err != nil {
		return fmt.Errorf("take servers from packages: %w", err)
	}
	for _, s := range append(Services(), base) {
		if err := os.Rename(filepath.Join(temp, string(s)), layerFile(dir, s)); err != nil {
			return err
		}
	}
	return nil
}

// mode is how mmdebstrap comes by the root privileges that it needs.
func mode() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "unshare"
}

// splitFile makes a file for each layer of one tar file with everything.
func splitFile(from, dir string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	layers := map[Service]*layer{}
	for _, s := range append(Services(), base) {
		out, err := os.Create(filepath.Join(dir, string(s)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		layers[s] = newLayer(out)
	}
	return split(tar.NewReader(in), layers)
}

// layer is a layer that is being written.
type layer struct {
	to    *tar.Writer
	files map[string]bool
}

func newLayer(w io.Writer) *layer { return &layer{to: tar.NewWriter(w), files: map[string]bool{}} }

// split copies every wanted entry to its layer, and completes the layers.
func split(r *tar.Reader, layers map[Service]*layer) error {
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		h.Name = merged(strings.Trim(strings.TrimPrefix(h.Name, "."), "/"))
		if h.Typeflag == tar.TypeLink {
			h.Linkname = merged(strings.Trim(strings.TrimPrefix(h.Linkname, "."), "/"))
		}
		s, ok := layerOf(h.Name)
		if !ok || h.Typeflag == tar.TypeDir {
			continue // an engine makes the folders of what it unpacks
		}
		if err := layers[s].write(h, r); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	for s, l := range layers {
		if !l.files[needed(s)] {
			return fmt.Errorf("the packages have no %s", needed(s))
		}
		if err := l.complete(s); err != nil {
			return err
		}
	}
	return nil
}

func (l *layer) write(h *tar.Header, content io.Reader) error {
	l.files[h.Name] = true
	if err := l.to.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(l.to, content)
	return err
}

// complete adds what installation scripts would have, and ends the layer.
func (l *layer) complete(s Service) error {
	began := time.Unix(0, 0) // equal layers are equal files
	if s == base {
		h := &tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777, ModTime: began}
		if err := l.write(h, strings.NewReader("")); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(links(s))) {
		h := &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: links(s)[name], Mode: 0o777, ModTime: began}
		if err := l.write(h, strings.NewReader("")); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts(s))) {
		text := texts(s)[name]
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: began}
		if err := l.write(h, strings.NewReader(text)); err != nil {
			return err
		}
	}
	return l.to.Close()
}

// merged returns a path as it is where /bin, /sbin and /lib are links into /usr.
func merged(name string) string {
	for _, folder := range []string{"bin", "sbin", "lib", "lib64"} {
		if strings.HasPrefix(name, folder+"/") {
			return "usr/" + name
		}
	}
	return name
}
