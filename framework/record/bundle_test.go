package record_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func failedResult() record.Result {
	return record.Result{Scenario: "SG-001", Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Failure}
}

func TestBundle_lists_its_files_relative_to_the_run(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "bundles", "SG-001-routed-netns", "old.txt")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	b := record.OpenBundle(dir, failedResult())
	for _, name := range []string{"world.yaml", "hops/vpc/rules.nft", "world.yaml"} {
		if err := b.Put(name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"bundles/SG-001-routed-netns/hops/vpc/rules.nft", "bundles/SG-001-routed-netns/world.yaml"}
	if got := b.Files(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, file := range want {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("what an earlier attempt left is there: %v", err)
	}
	for _, name := range []string{"../report.json", "/etc/passwd", ""} {
		if err := b.Put(name, nil); err == nil {
			t.Errorf("put %q", name)
		}
	}
}

// What is secret is hidden by its name, by its form and by its value, and nothing
// else is; the length stays, so that a capture remains one.
func TestBundle_hides_what_is_secret(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJlLW9m"
	for name, c := range map[string]struct{ file, text, hidden, stays string }{
		"a value":        {"a.txt", "AUTH s3cret-word done", "s3cret-word", "AUTH ***********"},
		"in a capture":   {"a.pcapng", "\x00s3cret-word\x00", "s3cret-word", "\x00***********\x00"},
		"a field":        {"w.yaml", "{ name: dcs, password: hunter2, version: 7 }", "hunter2", "version: 7"},
		"a setting":      {"r.conf", "port 1\nrequirepass hunter2\n", "hunter2", "port 1\nrequirepass *******"},
		"a token":        {"k.log", "got " + token + " from", token, "from"},
		"a header":       {"k.log", "Authorization: Bearer abcdefgh12345", "abcdefgh12345", "Authorization: Bearer *"},
		"a private key":  {"k.pem", "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----", "MHcC", "-----END EC PRIVATE KEY-----"},
		"no secret":      {"k.log", "a wrong password\nwas said", "\x00", "a wrong password\nwas said"},
		"a short secret": {"k.log", "1234", "\x00", "1234"},
	} {
		dir := t.TempDir()
		b := record.OpenBundle(dir, failedResult())
		b.Hide("s3cret-word", "123", "")
		if err := b.Put(c.file, []byte(c.text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, b.Files()[0]))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), c.hidden) || !strings.Contains(string(got), c.stays) || len(got) != len(c.text) {
			t.Errorf("%s: %q became %q", name, c.text, got)
		}
	}
}

// A long log keeps its end; a capture is whole or not there; all in all there is a
// bound.
func TestBundle_is_bounded(t *testing.T) {
	dir := t.TempDir()
	b := record.OpenBundle(dir, failedResult())
	long := append(bytes.Repeat([]byte("x"), 5<<20), "the end"...)
	if err := b.Put("long.log", long); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, b.Files()[0]))
	if err != nil || len(got) > 4<<20+100 || !bytes.HasSuffix(got, []byte("the end")) || !bytes.HasPrefix(got, []byte("[the first ")) {
		t.Errorf("kept %d bytes, %v", len(got), err)
	}
	if err := b.Put("long.pcapng", long); err == nil {
		t.Error("a capture was cut")
	}
	full := false
	for i := range 10 {
		full = full || b.Put("log-"+string(rune('a'+i)), long) != nil
	}
	if !full {
		t.Error("ten times four megabytes are in it")
	}
}

// The block about a failure leads to its bundle.
func TestFailureBlock_leads_to_the_bundle(t *testing.T) {
	r := failedResult()
	if text := record.FailureBlock(r, "artifacts/run/report.json"); strings.Contains(text, "bundles") {
		t.Errorf("there is none, and the block has\n%s", text)
	}
	r.Bundle = []string{"bundles/SG-001-routed-netns/hops/vpc/rules.nft"}
	want := "look at   artifacts/run/report.json, artifacts/run/bundles/SG-001-routed-netns ("
	if text := record.FailureBlock(r, "artifacts/run/report.json"); !strings.Contains(text, want) {
		t.Errorf("%q is not in\n%s", want, text)
	}
}
