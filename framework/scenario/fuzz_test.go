package scenario_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// FuzzParseYAML looks for texts that crash the reader of scenarios, and for scenarios
// that it accepts although they cannot be run.
func FuzzParseYAML(f *testing.F) {
	files, err := filepath.Glob("../../fixtures/worlds/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("apiVersion: vpcgate.dev/v1alpha1\nkind: Scenario\nbreak: [{addPods: {count: 9}}]\nsymptom: {kind: dropped}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, mode, err := scenario.ParseYAML(text)
		if err != nil {
			return
		}
		w := s.World(mode)
		if err := w.Validate(); err != nil {
			t.Errorf("accepted, and its world is invalid: %v", err)
		}
		if _, err := change.Edit(w, s.Break.In(mode)); err != nil {
			t.Errorf("accepted, and its break fails: %v", err)
		}
		if s.Symptom.In(mode).SatisfiedBy(s.Cured.In(mode)) {
			t.Error("accepted, and its symptom is the cure")
		}
		_ = s.Expectations(mode)
	})
}
