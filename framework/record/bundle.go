package record

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// BundlesFolder, in a run's folder, has a folder for each result that failed.
const BundlesFolder = "bundles"

// What a bundle may take. A text that is longer loses its beginning, since the end of
// a log is what a failure is about.
const (
	maxBundleFile  = 4 << 20
	maxBundleBytes = 32 << 20
)

// captureSuffix is of files that are useless without their beginning.
const captureSuffix = ".pcapng"

// shortestSecret is the shortest word that is hidden: what is shorter would be found
// everywhere.
const shortestSecret = 5

// secretForms recognise what is secret by its form, the last group being the secret:
// private keys, tokens, and what is named a password.
var secretForms = []*regexp.Regexp{
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:(.*?))-----END [A-Z ]*PRIVATE KEY-----`),
	regexp.MustCompile(`(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})`),
	regexp.MustCompile(`(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{8,})`),
	regexp.MustCompile(`(?i)\b(?:password|passwd)\b["']?[ \t]*[:=][ \t]*["']?([^\s"',}]+)`),
	regexp.MustCompile(`\brequirepass[ \t]+(\S+)`),
	regexp.MustCompile(`(?i)\b(?:client-key-data|token|secret)["']?\s*[:=]\s*["']?([^\s"',}]{16,})`),
}

// Bundle is the folder of what was collected about a failed result. It is bounded in
// size and hides what is secret. It is safe for concurrent use.
type Bundle struct {
	dir  string // of the run
	name string // of the bundle in it, with forward slashes

	mu      sync.Mutex
	secrets []string
	taken   int
	files   []string
}

// OpenBundle returns the bundle of a result in a run's folder. Nothing is written
// before the first Put; what an earlier attempt left goes then.
func OpenBundle(dir string, r Result) *Bundle { return &Bundle{dir: dir, name: bundleName(r)} }

// bundleName is a result's folder in that of its run.
func bundleName(r Result) string {
	parts := []string{r.Scenario}
	for _, part := range []string{string(r.Mode), string(r.Lab)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return path.Join(BundlesFolder, strings.Join(parts, "-"))
}

// Hide has words hidden, wherever they are: asterisks take their place, as many as
// they have bytes, so that the form of files stays.
func (b *Bundle) Hide(secrets ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= shortestSecret && !slices.Contains(b.secrets, s) {
			b.secrets = append(b.secrets, s)
		}
	}
}

// Put implements lab.Files: it writes a file of the bundle, whole or not at all.
func (b *Bundle) Put(name string, content []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("put %q into bundle %s: it is no path in it", name, b.name)
	}
	content = b.hidden(name, content)
	if len(content) > maxBundleFile {
		if strings.HasSuffix(name, captureSuffix) {
			return fmt.Errorf("put %s into bundle %s: it has %d bytes, more than %d", name, b.name, len(content), maxBundleFile)
		}
		cut := len(content) - maxBundleFile
		content = slices.Concat(fmt.Appendf(nil, "[the first %d bytes are left out]\n", cut), content[cut:])
	}
	if b.taken+len(content) > maxBundleBytes {
		return fmt.Errorf("put %s into bundle %s: it is full, with %d of %d bytes", name, b.name, b.taken, maxBundleBytes)
	}
	if len(b.files) == 0 {
		if err := os.RemoveAll(filepath.Join(b.dir, filepath.FromSlash(b.name))); err != nil {
			return fmt.Errorf("begin bundle %s: %w", b.name, err)
		}
	}
	file := path.Join(b.name, name)
	if err := add(b.dir, File{Name: file, Content: content}); err != nil {
		return fmt.Errorf("put %s into bundle %s: %w", name, b.name, err)
	}
	b.taken += len(content)
	if !slices.Contains(b.files, file) {
		b.files = append(b.files, file)
	}
	return nil
}

// hidden puts asterisks in the place of secrets.
func (b *Bundle) hidden(name string, content []byte) []byte {
	for _, s := range b.secrets {
		content = bytes.ReplaceAll(content, []byte(s), bytes.Repeat([]byte("*"), len(s)))
	}
	if strings.HasSuffix(name, captureSuffix) {
		return content
	}
	for _, form := range secretForms {
		for _, found := range form.FindAllSubmatchIndex(content, -1) {
			content = slices.Concat(content[:found[2]], bytes.Repeat([]byte("*"), found[3]-found[2]), content[found[3]:])
		}
	}
	return content
}

// Files lists what was put, sorted, each by its path in the run's folder.
func (b *Bundle) Files() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(b.files))
}

// BundleVerdict is the text of a bundle that says what failed: the failure's block,
// and the paths that paper predicts and that the lab has shown side by side.
func BundleVerdict(r Result, c Check) string {
	return FailureBlock(r, ReportFile) + "\n" + sideBySide(c) + "\n"
}
