package record

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/vpcgate/vpcgate/framework/record/seal"
)

// Seal writes the manifest of a run's folder as it is now, signed if keyFile, a
// private ed25519 key, is not empty, and returns its head. It is the last thing that
// a run writes: what changes afterwards is an edit.
func Seal(dir, keyFile string) (seal.Manifest, error) {
	m, err := seal.Of(dir)
	if err != nil {
		return m, err
	}
	if keyFile != "" {
		key, err := seal.ReadKey(keyFile)
		if err != nil {
			return m, err
		}
		if m, err = m.Sign(key); err != nil {
			return m, err
		}
	}
	text, err := m.Encode()
	if err != nil {
		return m, err
	}
	if err := replace(filepath.Join(dir, seal.File), text); err != nil {
		return m, fmt.Errorf("seal run %s: %w", m.Run, err)
	}
	return m, nil
}

// CheckKey reports, before a run begins, that its end could not be signed.
func CheckKey(keyFile string) error {
	if keyFile == "" {
		return nil
	}
	_, err := seal.ReadKey(keyFile)
	return err
}

// sealed says what a run's folder was sealed with: kept elsewhere, the head shows
// every later edit.
func sealed(b *strings.Builder, m seal.Manifest) {
	if m.Head == "" {
		return
	}
	how := "not signed"
	if m.Signature != nil {
		how = "signed by " + m.Signature.Key
	}
	fmt.Fprintf(b, "sealed     %s; later edits show by the head (vpcgate verify --head)\n         %s%s\n", how, seal.Prefix, m.Head)
}
