package hostimage

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func archive(t *testing.T, names ...string) *tar.Reader {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return tar.NewReader(&out)
}

// Only the daemon, its client and what they need are kept, where the node image
// has its folders.
func TestCopyWanted(t *testing.T) {
	var out bytes.Buffer
	from := archive(t, "./usr/sbin/dockerd", "./usr/bin/docker", "./usr/bin/perl", "./lib/x86_64-linux-gnu/libdevmapper.so.1.02.1")
	if err := copyWanted(from, tar.NewWriter(&out)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	const want = "usr/sbin/dockerd usr/bin/docker usr/lib/x86_64-linux-gnu/libdevmapper.so.1.02.1"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
}

// Packages without the daemon are not what the recipe knows.
func TestCopyWantedFails(t *testing.T) {
	err := copyWanted(archive(t, "./usr/bin/docker"), tar.NewWriter(io.Discard))
	if err == nil || !strings.Contains(err.Error(), "no usr/sbin/dockerd") {
		t.Errorf("got %v", err)
	}
}

// Another base makes another image; the same base the same.
func TestRef(t *testing.T) {
	one, again, other := ref("node:a"), ref("node:a"), ref("node:b")
	if one != again || one == other {
		t.Error("the image's name does not follow its base")
	}
}
