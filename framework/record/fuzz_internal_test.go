package record

import (
	"bytes"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/record/seal"
)

// FuzzDecode looks for reports that crash the reader or whatever shows a report, and
// for those that are accepted and do not survive being written and read again.
func FuzzDecode(f *testing.F) {
	text, err := os.ReadFile("testdata/report.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema":"` + Schema + `","run":{"result":"failure"},"results":[{"result":"failure","phases":[{"checks":[{"role":"flow"}]}]}]}`))
	f.Add([]byte(`{"schema":"` + Schema + `"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decode(bytes.NewReader(text))
		if err != nil {
			return
		}
		_ = Summary(r, seal.Manifest{}, "artifacts", Coloured)
		for _, one := range r.Results {
			_, _ = FailureBlock(one, "report.json"), Line(one, Plain)
		}
		if _, err := JUnit(r); err != nil {
			t.Errorf("accepted, and has no JUnit form: %v", err)
		}
		once, err := encode(r)
		if err != nil {
			t.Fatalf("accepted, and cannot be written: %v", err)
		}
		again, err := decode(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("accepted, and cannot be read again: %v in\n%s", err, once)
		}
		if twice, err := encode(again); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("once:\n%s\ntwice, %v:\n%s", once, err, twice)
		}
	})
}
