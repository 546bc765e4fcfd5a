package golden_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
)

// recorder stands in for the test that Assert would fail.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, format)
	for _, a := range args {
		if s, ok := a.(string); ok {
			r.said = append(r.said, s)
		}
	}
}

func TestAssert(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.txt")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, path, got, want string
	}{
		{"equal text passes", path, "one\ntwo\n", ""},
		{"a changed line is shown", path, "one\nzwei\n", "+    2  zwei"},
		{"a missing file says how to write it", path + ".none", "x", "-update"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &recorder{TB: t}
			golden.Assert(r, row.path, row.got)
			said := strings.Join(r.said, "\n")
			if (row.want == "") != (said == "") || !strings.Contains(said, row.want) {
				t.Errorf("got %q; want it to contain %q", said, row.want)
			}
		})
	}
}

func TestAssert_update_writes_the_file(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "file.txt")
	if err := flag.Set("update", "true"); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, path, "text\n")
	if err := flag.Set("update", "false"); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, path, "text\n")
}

func TestDiff(t *testing.T) {
	want := "a\nb\nc\nd\ne\nf\ng\n"
	got := "a\nb\nc\nD\ne\nf\ng \nh\n"
	const diff = `     2  b
     3  c
-    4  d
+    4  D
     5  e
     6  f
-    7  g
+    7  "g "
+    8  h
     8  
`
	if d := golden.Diff(want, got); d != diff {
		t.Errorf("got:\n%s\nwant:\n%s", d, diff)
	}
}
