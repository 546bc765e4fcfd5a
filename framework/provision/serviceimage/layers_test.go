package serviceimage

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestLayerOf(t *testing.T) {
	for _, row := range []struct {
		name  string
		layer Service // empty where no image has it
	}{
		{"usr/bin/redis-server", Redis},
		{"usr/bin/redis-check-rdb", Redis},
		{"usr/bin/redis-benchmark", ""},
		{"usr/sbin/mariadbd", MariaDB},
		{"usr/share/mysql/mysql_system_tables.sql", MariaDB},
		{"usr/share/mysql/english/errmsg.sys", MariaDB},
		{"usr/share/mysql/fill_help_tables.sql", ""},
		{"usr/share/mysql/polish/errmsg.sys", ""},
		{"usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/plugins/rabbit-3.10.8/ebin/rabbit.beam", RabbitMQ},
		{"usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/plugins/rabbitmq_management-3.10.8/priv/www/index.html", ""},
		{"usr/lib/erlang/lib/kernel-8.5.3/ebin/kernel.app", RabbitMQ},
		{"usr/bin/bash", base},
		{"usr/lib/x86_64-linux-gnu/libssl.so.3", base},
		{"usr/share/doc/bash/copyright", base},
		{"usr/share/doc/bash/changelog.gz", ""},
		{"usr/share/man/man1/bash.1.gz", ""},
		{"usr/bin/perl", ""},
		{"usr/lib/x86_64-linux-gnu/perl/5.36/x.pm", ""},
		{"etc/resolv.conf", ""},
	} {
		got, ok := layerOf(row.name)
		if !ok {
			got = ""
		}
		if got != row.layer {
			t.Errorf("%s: layer %q, want %q", row.name, got, row.layer)
		}
	}
}

// packagesOf is a tar file with files of the names, as packages have them.
func packagesOf(t *testing.T, names ...string) *tar.Reader {
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

func namesIn(t *testing.T, layer *bytes.Buffer) []string {
	t.Helper()
	var names []string
	for r := tar.NewReader(layer); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

func TestSplit(t *testing.T) {
	files := map[Service]*bytes.Buffer{}
	layers := map[Service]*layer{}
	for _, s := range append(Services(), base) {
		files[s] = &bytes.Buffer{}
		layers[s] = newLayer(files[s])
	}
	err := split(packagesOf(t, "./bin/bash", "./lib/x86_64-linux-gnu/libc.so.6", "./usr/bin/redis-check-rdb", "./usr/sbin/mariadbd",
		"./usr/lib/rabbitmq/bin/rabbitmq-server", "./usr/share/man/man1/bash.1.gz"), layers)
	if err != nil {
		t.Fatal(err)
	}
	shared := namesIn(t, files[base])
	for _, want := range []string{"usr/bin/bash", "usr/lib/x86_64-linux-gnu/libc.so.6", "bin", "tmp/", "usr/bin/sh", "etc/passwd"} {
		if !slices.Contains(shared, want) {
			t.Errorf("the shared layer has %q, not %s", shared, want)
		}
	}
	if got := strings.Join(namesIn(t, files[Redis]), " "); got != "usr/bin/redis-check-rdb" {
		t.Errorf("the layer of Redis has %q", got)
	}
}

// Packages without a server are not what the recipe knows.
func TestSplit_fails(t *testing.T) {
	layers := map[Service]*layer{}
	for _, s := range append(Services(), base) {
		layers[s] = newLayer(io.Discard)
	}
	err := split(packagesOf(t, "./bin/bash", "./usr/bin/redis-check-rdb", "./usr/sbin/mariadbd"), layers)
	if err == nil || !strings.Contains(err.Error(), "no usr/lib/rabbitmq/bin/rabbitmq-server") {
		t.Errorf("got %v", err)
	}
}

// Each server has a name of its own, and they change together.
func TestRef(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Services() {
		seen[ref(s)], seen[UpstreamRef(s)] = true, true
		if !strings.HasSuffix(ref(s), ":"+layersKey()) {
			t.Errorf("%s is not named by what goes into it", ref(s))
		}
	}
	if len(seen) != 2*len(Services()) {
		t.Errorf("names %v", seen)
	}
}
