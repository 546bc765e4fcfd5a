package seal

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
)

// Expect is what is known of a folder from elsewhere.
type Expect struct {
	// Head is the head that the run printed, as ParseHead returns it; empty when it was not kept.
	Head string
	// Key is the public key that has to have signed; nil when none has to.
	Key ed25519.PublicKey
}

// Kind is what became of a thing.
type Kind string

// The kinds of findings.
const (
	Edited  Kind = "edited"
	Missing Kind = "missing"
	Added   Kind = "added"
	Moved   Kind = "moved"
	Forged  Kind = "forged"
)

// Finding is one difference between a folder and what was sealed.
type Finding struct {
	Kind Kind `json:"kind"`
	// File is the file that it is in.
	File string `json:"file"`
	// Name is the result or the field, where the file is the report.
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

// String is the finding in one line.
func (f Finding) String() string {
	where := f.File
	if f.Name != "" {
		where += ": " + f.Name
	}
	return fmt.Sprintf("%-7s  %s: %s", f.Kind, where, f.Text)
}

// Verification is what Verify found out.
type Verification struct {
	Run string `json:"run"`
	// Head is the hash of the folder as it is, whatever its manifest says.
	Head     string    `json:"head"`
	Files    int       `json:"files"`
	Results  int       `json:"results"`
	Findings []Finding `json:"findings"`
	// SignedBy is the public key, in base64, that the manifest's signature names and
	// holds for; empty without such a signature.
	SignedBy string `json:"signedBy,omitempty"`
	// Proof says how far the answer can be trusted.
	Proof Proof `json:"proof"`
}

// Proof is what a folder was held against.
type Proof string

// The proofs, the weakest first.
const (
	// ByManifest: only against its own manifest.
	ByManifest Proof = "manifest"
	// ByHead: against a head kept elsewhere.
	ByHead Proof = "head"
	// BySignature: a key known from elsewhere has signed it.
	BySignature Proof = "signature"
)

// Caveat says what a proof does not prove; it is empty for one that proves all.
func (p Proof) Caveat() string {
	if p != ByManifest {
		return ""
	}
	return "the folder agrees with its own manifest; who edited it and recomputed the manifest is not noticed: " +
		"keep the head elsewhere (--head) or have runs signed (--key)"
}

// Intact reports whether nothing was found.
func (v Verification) Intact() bool { return len(v.Findings) == 0 }

// Verify compares a run's folder with its manifest, and with what else is known of
// it. An error means that nothing can be said: there is no manifest, or none that can
// be read. ErrNoManifest is matched by the first.
func Verify(dir string, e Expect) (Verification, error) {
	m, err := Read(dir)
	if err != nil {
		return Verification{}, err
	}
	files, err := sums(dir)
	if err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", dir, err)
	}
	now := Manifest{Schema: Schema, Run: m.Run, Files: files, Parts: m.Parts, Results: m.Results}
	v := Verification{Run: m.Run, Files: len(m.Files), Results: len(m.Results), Proof: ByManifest, Findings: []Finding{}}
	v.files(m.Files, files)
	if !v.has(Missing, ReportFile) {
		v.report(dir, m, &now)
	}
	if v.Head, err = now.head(); err != nil {
		return Verification{}, err
	}
	if now.Run != m.Run {
		v.find(Edited, File, "run", "it says %s, and the report %s", m.Run, now.Run)
	}
	if err := v.manifest(m); err != nil {
		return Verification{}, err
	}
	v.known(m, e)
	return v, nil
}

// Unedited is Verify for who will use the files and trusts the folder as far as it
// agrees with its manifest: where every file is the one that was sealed, the report is
// not looked into. What it finds, Verify names.
func Unedited(dir string) (Verification, error) {
	m, err := Read(dir)
	if err != nil {
		return Verification{}, err
	}
	files, err := sums(dir)
	if err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", dir, err)
	}
	v := Verification{Run: m.Run, Head: m.Head, Files: len(m.Files), Results: len(m.Results), Proof: ByManifest, Findings: []Finding{}}
	v.files(m.Files, files)
	if err := v.manifest(m); err != nil {
		return Verification{}, err
	}
	v.known(m, Expect{})
	if v.Intact() {
		return v, nil
	}
	return Verify(dir, Expect{})
}

func (v *Verification) find(k Kind, file, name, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{Kind: k, File: file, Name: name, Text: fmt.Sprintf(format, args...)})
}

func (v *Verification) has(k Kind, file string) bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Kind == k && f.File == file })
}

func (v *Verification) files(was, is []Sum) {
	sealed := map[string]Sum{}
	for _, s := range was {
		sealed[s.Name] = s
	}
	for _, s := range is {
		before, known := sealed[s.Name]
		delete(sealed, s.Name)
		switch {
		case !known:
			v.find(Added, s.Name, "", "it was not there when the run was sealed")
		case before != s:
			v.find(Edited, s.Name, "", "it had %d bytes with hash %s and has %d with %s", before.Bytes, short(before.SHA256), s.Bytes, short(s.SHA256))
		}
	}
	for _, s := range was {
		if _, left := sealed[s.Name]; left {
			v.find(Missing, s.Name, "", "it was there when the run was sealed")
			delete(sealed, s.Name)
		}
	}
}

// manifest holds a manifest against itself: its chain and its head.
func (v *Verification) manifest(m Manifest) error {
	before := ""
	for _, l := range m.Results {
		if want := l.after(before); l.Chain != want {
			v.find(Edited, File, l.Name, "the chain breaks here")
			break
		}
		before = l.Chain
	}
	head, err := m.head()
	if err != nil {
		return err
	}
	if m.Head != head {
		v.find(Edited, File, "head", "it is %s, and that of what the manifest lists is %s", short(m.Head), short(head))
	}
	return nil
}

// known holds the folder against what is known from elsewhere.
func (v *Verification) known(m Manifest, e Expect) {
	if s := m.Signature; s != nil {
		if s.holds(m.Head) {
			v.SignedBy = s.Key
		} else {
			v.find(Forged, File, "signature", "it is none of this head by the key that it names")
		}
	}
	if e.Key != nil {
		v.Proof = BySignature
		switch want := base64.StdEncoding.EncodeToString(e.Key); {
		case m.Signature == nil:
			v.find(Forged, File, "signature", "it is missing, and key %s should have signed", want)
		case m.Signature.Key != want:
			v.find(Forged, File, "signature", "key %s has signed, and key %s should have", m.Signature.Key, want)
		}
	}
	if e.Head != "" {
		if v.Proof == ByManifest {
			v.Proof = ByHead
		}
		if e.Head != v.Head {
			v.find(Forged, File, "head", "the folder's is %s, and %s was kept", short(v.Head), short(e.Head))
		}
	}
}

// short is enough of a hash to tell two apart.
func short(hash string) string {
	const enough = 12
	return hash[:min(len(hash), enough)]
}
