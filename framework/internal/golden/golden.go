package golden

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// update is defined once per test binary, because only this package defines it.
var update = flag.Bool("update", false, "rewrite golden files instead of comparing with them")

// contextLines is how many equal lines are shown around a difference.
const contextLines = 2

// Assert fails the test unless got equals the content of the file at path,
// which is relative to the tested package's folder and conventionally starts
// with testdata/. With -update it writes the file, and its folder, instead.
//
// It reports with t.Errorf, so the test goes on and may compare further files.
func Assert(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := write(path, got); err != nil {
			t.Errorf("update golden %s: %v", path, err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("golden %s does not exist; run the test with -update to write it. got:\n%s", path, got)
		return
	}
	if err != nil {
		t.Errorf("read golden %s: %v", path, err)
		return
	}
	if diff := Diff(string(want), got); diff != "" {
		t.Errorf("golden %s differs (- golden, + got; -update rewrites it):\n%s", path, diff)
	}
}

func write(path, got string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(got), 0o644)
}

// Diff returns the line differences between two texts, each line with its
// number and a sign, and the empty string when the texts are equal. Lines that
// differ only in white space at their end are shown quoted.
func Diff(want, got string) string {
	if want == got {
		return ""
	}
	edits := compare(strings.Split(want, "\n"), strings.Split(got, "\n"))
	var out strings.Builder
	last := -1
	for i, e := range edits {
		if !nearChange(edits, i) {
			continue
		}
		if last >= 0 && i > last+1 {
			out.WriteString("  ...\n")
		}
		last = i
		text := e.text
		if e.sign != ' ' && text != strings.TrimRight(text, " \t\r") {
			text = fmt.Sprintf("%q", text)
		}
		fmt.Fprintf(&out, "%c %4d  %s\n", e.sign, e.line, text)
	}
	return out.String()
}

// edit is one line of a difference: sign is ' ', '-' or '+', and line counts
// from one in the text that the line is from.
type edit struct {
	sign byte
	line int
	text string
}

func nearChange(edits []edit, at int) bool {
	for i := max(0, at-contextLines); i <= min(len(edits)-1, at+contextLines); i++ {
		if edits[i].sign != ' ' {
			return true
		}
	}
	return false
}

// compare aligns two texts by their longest common subsequence. Golden files
// are a few hundred lines, so the quadratic table is small; the equal head and
// tail are cut off first, which makes it tiny in practice.
func compare(want, got []string) []edit {
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	var edits []edit
	for i := range head {
		edits = append(edits, edit{' ', i + 1, want[i]})
	}
	edits = append(edits, compareMiddle(want[head:len(want)-tail], got[head:len(got)-tail], head)...)
	for i := len(want) - tail; i < len(want); i++ {
		edits = append(edits, edit{' ', i + 1, want[i]})
	}
	return edits
}

func compareMiddle(want, got []string, offset int) []edit {
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var edits []edit
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			edits = append(edits, edit{' ', offset + i + 1, want[i]})
			i, j = i+1, j+1
		case j == len(got) || (i < len(want) && common[i+1][j] >= common[i][j+1]):
			edits = append(edits, edit{'-', offset + i + 1, want[i]})
			i++
		default:
			edits = append(edits, edit{'+', offset + j + 1, got[j]})
			j++
		}
	}
	return edits
}
