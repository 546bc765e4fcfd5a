package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/record"
)

// keyPair writes a new key pair in PEM.
func keyPair(t *testing.T) (private, public string) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	private = write("run.key", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(pub)
	return private, write("run.pub", "PUBLIC KEY", der, err)
}

// An edited verdict of a signed run is found, by its name; so is a new manifest for
// it.
func TestVerify(t *testing.T) {
	artifacts := t.TempDir()
	private, public := keyPair(t)
	_, another := keyPair(t)
	out, status := vpcgate(t, "run", ownScenario, "--lab", "paper", "--artifacts", artifacts, "--run", "own", "--signing-key", private)
	_, sealed, printed := strings.Cut(out, "(vpcgate verify --head)\n")
	head, _, _ := strings.Cut(strings.TrimSpace(sealed), "\n")
	if status != exitSuccess || !printed || !strings.HasPrefix(head, "sha256:") {
		t.Fatalf("status %d: %s", status, out)
	}
	verify := func(want int, text string, args ...string) {
		t.Helper()
		if out, status := vpcgate(t, append([]string{"verify", "own", "--artifacts", artifacts}, args...)...); status != want || !strings.Contains(out, text) {
			t.Errorf("%v: status %d, and want %q in\n%s", args, status, text, out)
		}
	}
	verify(exitSuccess, "who edited it and recomputed the manifest is not noticed")
	verify(exitSuccess, "against  the head given", "--head", head)
	verify(exitSuccess, "against  the signature of the key given", "--key", public)
	verify(exitFailure, "forged   manifest.json: signature: key ", "--key", another)
	verify(exitFailure, "forged   manifest.json: head", "--head", strings.Repeat("0", 64))
	verify(exitUsage, "64 hexadecimal digits", "--head", "abc")
	verify(exitUsage, "it is no public ed25519 key", "--key", private)
	verify(exitUsage, "did you mean json?", "-o", "jsn")

	path := filepath.Join(artifacts, "own", "report.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"ok": true`, `"ok": false`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	verify(exitFailure, "edited   report.json: OWN-001 [routed] [paper]: results[0] is not what was sealed")
	out, status = vpcgate(t, "verify", "latest", "--artifacts", artifacts, "-o", "json")
	var v verified
	if err := json.Unmarshal([]byte(out), &v); err != nil || status != exitFailure || v.Intact || len(v.Findings) != 2 || v.Findings[1].Name != "OWN-001 [routed] [paper]" {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}

func TestVerify_cannotSay(t *testing.T) {
	dir := t.TempDir()
	if out, status := vpcgate(t, "verify", dir); status != exitUsage || !strings.Contains(out, "it has no manifest.json; a run that did not finish has none") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := vpcgate(t, "verify", "nonesuch", "--artifacts", dir); status != exitUsage || !strings.Contains(out, "give a run's id, its folder or latest") {
		t.Errorf("status %d: %s", status, out)
	}
}

// A key that cannot sign ends a run before it begins.
func TestRun_refusesAKeyThatIsNone(t *testing.T) {
	_, public := keyPair(t)
	artifacts := t.TempDir()
	out, status := vpcgate(t, "run", ownScenario, "--lab", "paper", "--artifacts", artifacts, "--signing-key", public)
	left, err := os.ReadDir(artifacts)
	if status != exitUsage || !strings.Contains(out, "it is no private ed25519 key; `openssl genpkey") || err != nil || len(left) != 0 {
		t.Errorf("status %d, left %v, %v: %s", status, left, err, out)
	}
}

func TestSchema(t *testing.T) {
	out, status := vpcgate(t, "schema")
	var s struct {
		ID         string `json:"$id"`
		Properties map[string]struct{ Const string }
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil || status != exitSuccess || s.Properties["schema"].Const != record.Schema || s.ID == "" {
		t.Errorf("status %d, %v: %+v", status, err, s)
	}
}
