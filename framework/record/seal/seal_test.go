package seal_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
)

// sealed is the folder of a real run, cut, with a scenario and a bundle beside it.
func sealed(t *testing.T) string {
	t.Helper()
	r, err := record.Read("../testdata/report-v1alpha1.json")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	err = record.Write(root, r,
		record.File{Name: "scenarios/SG-001.yaml", Content: []byte("id: SG-001\n")},
		record.File{Name: "bundles/SG-001/rules.txt", Content: []byte("table ip vpcgate\n")})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, r.Run.ID)
	if err := os.Symlink("rules.txt", filepath.Join(dir, "bundles/SG-001/link")); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verify(t *testing.T, dir string, e seal.Expect) seal.Verification {
	t.Helper()
	v, err := seal.Verify(dir, e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func lines(v seal.Verification) string {
	all := make([]string, len(v.Findings))
	for i, f := range v.Findings {
		all[i] = f.String()
	}
	return strings.Join(all, "\n")
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit changes the report's results as JSON.
func edit(t *testing.T, dir string, by func(results []any) []any) {
	t.Helper()
	var report map[string]any
	if err := json.Unmarshal([]byte(read(t, dir, seal.ReportFile)), &report); err != nil {
		t.Fatal(err)
	}
	results, ok := report["results"].([]any)
	if !ok {
		t.Fatal("the report has no results")
	}
	report["results"] = by(results)
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, seal.ReportFile, string(text))
}

func TestVerify_ofAnIntactFolder(t *testing.T) {
	dir := sealed(t)
	v := verify(t, dir, seal.Expect{})
	if !v.Intact() || v.Run != "20261124-210807-1f9d" || v.Results != 5 || v.Files < 5 || v.Proof != seal.ByManifest || v.Proof.Caveat() == "" {
		t.Errorf("got %+v", v)
	}
	if v := verify(t, dir, seal.Expect{Head: v.Head}); !v.Intact() || v.Proof != seal.ByHead || v.Proof.Caveat() != "" {
		t.Errorf("by its head: %+v", v)
	}
	before := read(t, dir, seal.File)
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	if before != read(t, dir, seal.File) {
		t.Error("sealed again, it is another manifest")
	}
}

// Whatever is done to a folder is found, and named.
func TestVerify_names(t *testing.T) {
	for _, c := range []struct {
		what string
		do   func(t *testing.T, dir string)
		want []string
	}{
		{
			"an edited file", func(t *testing.T, dir string) { write(t, dir, "scenarios/SG-001.yaml", "id: SG-002\n") },
			[]string{"edited   scenarios/SG-001.yaml: it had 11 bytes"},
		},
		{
			"a missing file", func(t *testing.T, dir string) { remove(t, dir, "bundles/SG-001/rules.txt") },
			[]string{"missing  bundles/SG-001/rules.txt: it was there"},
		},
		{
			"an added file", func(t *testing.T, dir string) { write(t, dir, "bundles/SG-002/rules.txt", "") },
			[]string{"added    bundles/SG-002/rules.txt: it was not there"},
		},
		{"a link that points elsewhere", func(t *testing.T, dir string) {
			remove(t, dir, "bundles/SG-001/link")
			if err := os.Symlink("/etc/hosts", filepath.Join(dir, "bundles/SG-001/link")); err != nil {
				t.Fatal(err)
			}
		}, []string{"edited   bundles/SG-001/link"}},
		{"a file instead of a link", func(t *testing.T, dir string) {
			remove(t, dir, "bundles/SG-001/link")
			write(t, dir, "bundles/SG-001/link", "→ rules.txt")
		}, []string{"edited   bundles/SG-001/link"}},
		{
			"a report that is gone", func(t *testing.T, dir string) { remove(t, dir, seal.ReportFile) },
			[]string{"missing  report.json: it was there"},
		},
		{
			"a report that is none", func(t *testing.T, dir string) { write(t, dir, seal.ReportFile, "{") },
			[]string{"edited   report.json: it had", "edited   report.json: it is no report any more"},
		},
		{"a report with other space", func(t *testing.T, dir string) {
			write(t, dir, seal.ReportFile, read(t, dir, seal.ReportFile)+"\n")
		}, []string{"edited   report.json: it had", "edited   report.json: it says the same in other bytes"}},
		{
			"the run's outcome", func(t *testing.T, dir string) { replace(t, dir, seal.ReportFile, `"modes": [`, `"modes": [ "routed",`) },
			[]string{"edited   report.json: it had", "edited   report.json: run: the field had other content"},
		},
		{
			"a field more", func(t *testing.T, dir string) { replace(t, dir, seal.ReportFile, `"run": {`, `"note": "", "run": {`) },
			[]string{"edited   report.json: it had", "added    report.json: note: the report had no such field"},
		},
		{
			"a field less", func(t *testing.T, dir string) { replace(t, dir, seal.ReportFile, `"bites": [`, `"bitten": [`) },
			[]string{"edited   report.json: it had", "added    report.json: bitten", "missing  report.json: bites"},
		},
		{"a result less", func(t *testing.T, dir string) {
			edit(t, dir, func(r []any) []any { return slices.Delete(r, 2, 3) })
		}, []string{"edited   report.json: it had", "missing  report.json: PLAN-001 [tunnel] [kind]: results[2] was removed"}},
		{"a result twice", func(t *testing.T, dir string) {
			edit(t, dir, func(r []any) []any { return append(r, r[2]) })
		}, []string{"edited   report.json: it had", "added    report.json: PLAN-001 [tunnel] [kind] #2: results[5] was not there"}},
		{"a result moved", func(t *testing.T, dir string) {
			edit(t, dir, func(r []any) []any { return append(r[1:len(r):len(r)], r[0]) })
		}, []string{"edited   report.json: it had", "moved    report.json: ENG-008 [tunnel] [kind]: it was results[0]"}},
		{"a result of another mode", func(t *testing.T, dir string) {
			edit(t, dir, func(r []any) []any { r[3].(map[string]any)["mode"] = "tunnel"; return r }) //nolint:errcheck // results are objects
		}, []string{"edited   report.json: it had", "added    report.json: SG-001 [tunnel] [kind]", "missing  report.json: SG-001 [routed] [kind]"}},
		{"a hash in the manifest", func(t *testing.T, dir string) {
			m := manifest(t, dir)
			m.Results[3].SHA256 = m.Results[2].SHA256
			put(t, dir, m)
		}, []string{"edited   report.json: SG-001 [routed] [kind]: results[3] is not", "edited   manifest.json: SG-001 [routed] [kind]: the chain breaks here", "edited   manifest.json: head"}},
		{"a result taken out of the manifest", func(t *testing.T, dir string) {
			m := manifest(t, dir)
			m.Results = slices.Delete(m.Results, 3, 4)
			put(t, dir, m)
		}, []string{"added    report.json: SG-001 [routed] [kind]", "edited   manifest.json: SVC-024 [tunnel] [kind]: the chain breaks here", "edited   manifest.json: head"}},
		{
			"the manifest's run", func(t *testing.T, dir string) { replace(t, dir, seal.File, `"run": "2026`, `"run": "2025`) },
			[]string{"edited   manifest.json: run: it says 20251124-210807-1f9d, and the report 20261124-210807-1f9d", "edited   manifest.json: head"},
		},
		{"the manifest's head", func(t *testing.T, dir string) {
			m := manifest(t, dir)
			m.Head = strings.Repeat("0", 64)
			put(t, dir, m)
		}, []string{"edited   manifest.json: head: it is 000000000000"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := sealed(t)
			c.do(t, dir)
			v := verify(t, dir, seal.Expect{})
			got := strings.Split(lines(v), "\n")
			if len(got) != len(c.want) {
				t.Fatalf("got\n%s\nwant\n%s", lines(v), strings.Join(c.want, "\n"))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func replace(t *testing.T, dir, name, was, is string) {
	t.Helper()
	text := read(t, dir, name)
	if !strings.Contains(text, was) {
		t.Fatalf("%s has no %q", name, was)
	}
	write(t, dir, name, strings.Replace(text, was, is, 1))
}

func manifest(t *testing.T, dir string) seal.Manifest {
	t.Helper()
	m, err := seal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func put(t *testing.T, dir string, m seal.Manifest) {
	t.Helper()
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, seal.File, string(text))
}

// Who edits the report and makes a new manifest is not found by the folder alone;
// the head that the run printed finds it.
func TestVerify_byTheHead(t *testing.T) {
	dir := sealed(t)
	head := verify(t, dir, seal.Expect{}).Head
	replace(t, dir, seal.ReportFile, `"result": "not-run"`, `"result": "success"`)
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir, seal.Expect{}); !v.Intact() || !strings.Contains(v.Proof.Caveat(), "is not noticed") {
		t.Errorf("a forgery is found by nothing but the head, and the caveat has to say so: %+v", v)
	}
	v := verify(t, dir, seal.Expect{Head: head})
	if v.Intact() || !strings.HasPrefix(lines(v), "forged   manifest.json: head: the folder's is ") {
		t.Errorf("got %s", lines(v))
	}
}

func TestVerify_bySignature(t *testing.T) {
	dir := sealed(t)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, stolen, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := manifest(t, dir)
	signed, err := unsigned.Sign(private)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, signed)
	if v := verify(t, dir, seal.Expect{Key: public}); !v.Intact() || v.Proof != seal.BySignature || v.SignedBy != signed.Signature.Key {
		t.Errorf("got %+v", v)
	}
	if v := verify(t, dir, seal.Expect{}); !v.Intact() || v.Proof != seal.ByManifest || v.SignedBy == "" {
		t.Errorf("without a key, a signature proves no more than the manifest: %+v", v)
	}
	byAnother, err := unsigned.Sign(stolen)
	if err != nil {
		t.Fatal(err)
	}
	pretended := signed
	pretended.Signature = &seal.Signature{Key: signed.Signature.Key, Value: byAnother.Signature.Value}
	for what, c := range map[string]struct {
		m    seal.Manifest
		key  ed25519.PublicKey
		want string
	}{
		"none":               {unsigned, public, "forged   manifest.json: signature: it is missing"},
		"another's":          {byAnother, public, "forged   manifest.json: signature: key " + byAnother.Signature.Key + " has signed"},
		"another's pretence": {pretended, public, "forged   manifest.json: signature: it is none of this head"},
		"not the one asked":  {signed, other, "forged   manifest.json: signature: key "},
	} {
		put(t, dir, c.m)
		if v := verify(t, dir, seal.Expect{Key: c.key}); !strings.HasPrefix(lines(v), c.want) {
			t.Errorf("%s: got %s\nwant %s", what, lines(v), c.want)
		}
	}
}

func TestParseHead(t *testing.T) {
	head := strings.Repeat("0a", 32)
	for _, text := range []string{head, "sha256:" + head, strings.ToUpper(head), " sha256:" + head + "\n"} {
		if got, err := seal.ParseHead(text); err != nil || got != head {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "sha256:", head[2:], head + "0a", strings.Repeat("0g", 32)} {
		if _, err := seal.ParseHead(text); err == nil || !strings.Contains(err.Error(), "64 hexadecimal digits") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestVerification_texts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, seal.ReportFile, `{"run": {"id": "20261124-210807-1f9d"}, "results": [
		{"scenario": "SG-001", "mode": "routed", "lab": "kind", "result": "success"},
		{"scenario": "SG-002", "mode": "routed", "lab": "kind", "result": "failure"}
	]}`)
	write(t, dir, "scenarios/SG-001.yaml", "id: SG-001\n")
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	intact := verify(t, dir, seal.Expect{})
	byHead := verify(t, dir, seal.Expect{Head: intact.Head})
	edit(t, dir, func(r []any) []any { return r[:1] })
	write(t, dir, "scenarios/SG-001.yaml", "")
	edited := verify(t, dir, seal.Expect{Head: intact.Head})
	for name, v := range map[string]seal.Verification{"intact": intact, "by-head": byHead, "edited": edited} {
		golden.Assert(t, "testdata/"+name+".txt", v.Text())
	}
}

func TestVerify_cannotSay(t *testing.T) {
	if _, err := seal.Verify(t.TempDir(), seal.Expect{}); !errors.Is(err, seal.ErrNoManifest) {
		t.Errorf("without a manifest: %v", err)
	}
	if _, err := seal.Verify(filepath.Join(t.TempDir(), "nowhere"), seal.Expect{}); err == nil || errors.Is(err, seal.ErrNoManifest) {
		t.Errorf("without a folder: %v", err)
	}
	for _, c := range []struct{ was, is, want string }{
		{`"schema": "vpcgate.dev/manifest/v1alpha1"`, `"schema": "vpcgate.dev/manifest/v9"`, `its schema is "vpcgate.dev/manifest/v9"`},
		{`"head"`, `"heads"`, `unknown field "heads"`},
		{`{`, `[`, "invalid character"},
	} {
		dir := sealed(t)
		replace(t, dir, seal.File, c.was, c.is)
		if _, err := seal.Verify(dir, seal.Expect{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.is, err, c.want)
		}
	}
}
