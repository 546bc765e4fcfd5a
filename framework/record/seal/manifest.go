package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// File is the manifest's name in a run's folder.
	File = "manifest.json"
	// ReportFile is the file whose results are chained.
	ReportFile = "report.json"
	// Schema is the manifest's version.
	Schema = "vpcgate.dev/manifest/v1alpha1"
)

// maxManifestBytes bounds what Verify is willing to load; a whole run's manifest has
// some hundred kilobytes.
const maxManifestBytes = 64 << 20

// ErrNoManifest is matched by the error for a folder without a manifest, such as that
// of a run that did not finish.
var ErrNoManifest = errors.New("it has no " + File)

// Manifest is manifest.json.
type Manifest struct {
	Schema string `json:"schema"`
	// Run is the run's id as report.json has it.
	Run string `json:"run"`
	// Files are all other files of the folder, by name.
	Files []Sum `json:"files"`
	// Parts are the fields of report.json but its results, by name.
	Parts []Part `json:"parts"`
	// Results are the report's, in its order.
	Results []Link `json:"results"`
	// Head is the hash of all of the above.
	Head string `json:"head"`
	// Signature is missing where no key was given.
	Signature *Signature `json:"signature,omitempty"`
}

// Sum is the hash of a file.
type Sum struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Part is the hash of a field's canonical JSON.
type Part struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Link is one result in the chain.
type Link struct {
	Part
	// Chain is the hash of the link before and this result's hash.
	Chain string `json:"chain"`
}

// Of makes the unsigned manifest of a run's folder as it is now.
func Of(dir string) (Manifest, error) {
	m := Manifest{Schema: Schema}
	var err error
	if m.Files, err = sums(dir); err != nil {
		return Manifest{}, fmt.Errorf("seal %s: %w", dir, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, ReportFile))
	if err != nil {
		return Manifest{}, fmt.Errorf("seal %s: %w", dir, err)
	}
	if m.Run, m.Parts, m.Results, err = take(text); err != nil {
		return Manifest{}, fmt.Errorf("seal %s: %s: %w", dir, ReportFile, err)
	}
	m.Head, err = m.head()
	return m, err
}

// head is the hash of what the manifest lists.
func (m Manifest) head() (string, error) {
	m.Head, m.Signature = "", nil
	text, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("hash manifest: %w", err)
	}
	return hashOf(text), nil
}

// Encode writes the manifest as the file has it.
func (m Manifest) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return append(text, '\n'), nil
}

// Read reads the manifest of a run's folder. It does not judge it: that is Verify's
// business.
func Read(dir string) (Manifest, error) {
	f, err := os.Open(filepath.Join(dir, File))
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := os.Stat(dir); gone != nil {
			return Manifest{}, fmt.Errorf("read manifest: %w", gone)
		}
		return Manifest{}, fmt.Errorf("read manifest of %s: %w; a run that did not finish has none, nor has one of a vpcgate before there were any", dir, ErrNoManifest)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, maxManifestBytes+1))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	if len(text) > maxManifestBytes {
		return Manifest{}, fmt.Errorf("read manifest %s: it is larger than %d bytes", f.Name(), maxManifestBytes)
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("read manifest %s: %w", f.Name(), err)
	}
	if m.Schema != Schema {
		return Manifest{}, fmt.Errorf("read manifest %s: its schema is %q, not %q", f.Name(), m.Schema, Schema)
	}
	return m, nil
}

// sums hashes every file of a folder but the manifest, by name. Of a symbolic link
// it hashes where it points to, with an arrow before it: a link is no file.
func sums(dir string) ([]Sum, error) {
	all := []Sum{}
	// "latest" is a link to a folder, into which no walk goes by itself.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == File {
			return err
		}
		s := Sum{Name: filepath.ToSlash(name)}
		switch d.Type() {
		case 0:
			s.Bytes, s.SHA256, err = sumOf(path)
		case fs.ModeSymlink:
			var to string
			to, err = os.Readlink(path)
			s.SHA256 = hashOf([]byte("→ " + to))
		default: // sockets and pipes have no content
			return nil
		}
		all = append(all, s)
		return err
	})
	return all, err
}

func sumOf(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

func hashOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write(p) // a hash cannot fail
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Prefix tells a printed head from other texts.
const Prefix = "sha256:"

// ParseHead reads a head as a run prints it, with the prefix or without.
func ParseHead(text string) (string, error) {
	head := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(text), Prefix))
	if raw, err := hex.DecodeString(head); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("head %q: it is none; a run prints it as %s and %d hexadecimal digits", text, Prefix, 2*sha256.Size)
	}
	return head, nil
}
