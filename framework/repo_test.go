// Package framework_test holds the repository to its own habits: the ones that
// no linter checks.
package framework_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// root is the repository's root, seen from this package.
const root = ".."

// maxLines is how long a source file may be: what one can keep in mind.
const maxLines = 400

// goFiles lists the Go files of the module by folder; other modules, hidden
// folders and what is built or written by runs are left out.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if path != root && (strings.HasPrefix(name, ".") || name == "bin" || name == "artifacts" || name == "testdata" || isModule(path)) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			files[filepath.Dir(path)] = append(files[filepath.Dir(path)], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("found Go files in only %d folders", len(files))
	}
	return files
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryPackage_has_one_comment_in_its_doc_file(t *testing.T) {
	for dir, paths := range goFiles(t) {
		var commented []string
		testsOnly := true
		for _, path := range paths {
			test := strings.HasSuffix(path, "_test.go")
			testsOnly = testsOnly && test
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Error(err)
				continue
			}
			if hasComment(f) && (!test || strings.HasSuffix(f.Name.Name, "_test")) {
				commented = append(commented, filepath.Base(path))
			}
		}
		// A command of one file needs no second one to explain it.
		alone := len(paths) == 1 && len(commented) == 1
		if !testsOnly && !alone && !slices.Equal(commented, []string{"doc.go"}) {
			t.Errorf("%s: the package comment is in %v, want it in doc.go alone", dir, commented)
		}
		if testsOnly && len(commented) != 1 {
			t.Errorf("%s: package comments in %v, want one", dir, commented)
		}
	}
}

func hasComment(f *ast.File) bool {
	return f.Doc != nil && strings.HasPrefix(f.Doc.Text(), "Package ") || isCommand(f)
}

func isCommand(f *ast.File) bool { return f.Doc != nil && strings.HasPrefix(f.Doc.Text(), "Command ") }

func TestEveryFile_is_short(t *testing.T) {
	for _, paths := range goFiles(t) {
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text, []byte("\n")); n > maxLines {
				t.Errorf("%s has %d lines; split it by noun, %d are enough", path, n, maxLines)
			}
		}
	}
}

func TestModule_has_no_replacement(t *testing.T) {
	if regexp.MustCompile(`(?m)^\s*replace\b`).MatchString(read(t, "go.mod")) {
		t.Error("go.mod replaces a module: whoever imports vpcgate would build something else")
	}
}

func TestDocuments_name_commands_that_exist(t *testing.T) {
	targets := regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1)
	var commands []string
	for _, paths := range goFiles(t) {
		for _, path := range paths {
			if strings.Contains(path, "framework/cmd/vpcgate/") {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for _, use := range regexp.MustCompile(`Use:\s+"([a-z]+)`).FindAllStringSubmatch(string(text), -1) {
					commands = append(commands, use[1])
				}
			}
		}
	}
	for _, doc := range []string{"README.md", "framework/DESIGN.md", ".ci/run"} {
		text := read(t, doc)
		for _, use := range regexp.MustCompile("(?m)(?:^|`|step ')make ([a-z][a-z-]*)").FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(targets, func(m []string) bool { return m[1] == use[1] }) {
				t.Errorf("%s: the Makefile has no target %q", doc, use[1])
			}
		}
		for _, use := range regexp.MustCompile("(?:`|bin/)vpcgate ([a-z]+)").FindAllStringSubmatch(text, -1) {
			if !slices.Contains(commands, use[1]) {
				t.Errorf("%s: vpcgate has no command %q", doc, use[1])
			}
		}
	}
}

func TestLinters_have_reasons(t *testing.T) {
	enabled, _, _ := strings.Cut(read(t, ".golangci.yml"), "  settings:")
	for _, line := range regexp.MustCompile(`(?m)^    - .*$`).FindAllString(enabled, -1) {
		if _, reason, ok := strings.Cut(line, "# "); !ok || len(reason) < 5 {
			t.Errorf(".golangci.yml: no reason beside %q", strings.TrimSpace(line))
		}
	}
}

func TestDecisions_are_numbered_and_complete(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "framework", "decisions", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("decisions: %v, %v", paths, err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		number, _, _ := strings.Cut(filepath.Base(path), "-")
		if len(number) != 4 || seen[number] {
			t.Errorf("%s: its number is not of four digits or is used twice", path)
		}
		seen[number] = true
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"# " + number + ":", "## Context", "## Decision", "## Consequences", "## What would reverse it"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: has no %q", path, part)
			}
		}
	}
}

func TestCatalogue_is_shown_as_it_is(t *testing.T) {
	documentation, err := claims.Documentation()
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, filepath.Join(root, "suites", "README.md"), specs.Markdown(scenarios.Catalogue(), documentation))
}
