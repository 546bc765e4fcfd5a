package hostimage

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// wanted are the patterns of the files that are kept: the daemon and what it
// starts, the client, the one library that the node image lacks, and copyright
// files, which are a condition of handing the packages on.
var wanted = []string{
	"usr/sbin/dockerd", "usr/sbin/docker-proxy", "usr/bin/docker", "usr/bin/docker-init", "usr/bin/tini-static",
	"usr/lib/*/libdevmapper.so*",
	"usr/share/doc/docker.io/copyright", "usr/share/doc/libdevmapper1.02.1/copyright", "usr/share/doc/tini/copyright",
}

// needed must have been found, else the packages are not what this recipe knows.
var needed = []string{"usr/sbin/dockerd", "usr/bin/docker"}

// filter copies the wanted entries of one tar file to another.
func filter(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return copyWanted(tar.NewReader(in), tar.NewWriter(out))
}

func copyWanted(r *tar.Reader, w *tar.Writer) error {
	var found []string
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		h.Name = merged(strings.Trim(strings.TrimPrefix(h.Name, "."), "/"))
		if h.Typeflag == tar.TypeDir || !isWanted(h.Name) {
			continue
		}
		found = append(found, h.Name)
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
	}
	for _, name := range needed {
		if !slices.Contains(found, name) {
			return fmt.Errorf("the packages have no %s", name)
		}
	}
	return w.Close()
}

func isWanted(name string) bool {
	return slices.ContainsFunc(wanted, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// merged returns a path as it is on a system whose /lib is a link into /usr, as
// that of the node image is.
func merged(name string) string {
	if strings.HasPrefix(name, "lib/") {
		return "usr/" + name
	}
	return name
}
