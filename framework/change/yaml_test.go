package change

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestForm_reads(t *testing.T) {
	var f Form
	text := "- revokeRule: {group: sg-ecs, rule: from-nodes}\n- addRoute: {table: rtb-demo, route: {destination: 10.1.0.0/16, peering: p}}\n"
	if err := yaml.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	want := "remove rule from-nodes from security group sg-ecs; add route 10.1.0.0/16 → p to table rtb-demo"
	if f.String() != want {
		t.Errorf("got %q, want %q", f, want)
	}
}

func TestForm_refuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"revokeRule: {}", "line 1: a change is a list"},
		{"- {a: 1, b: 2}", "line 1: one change is a mapping with one key, its name"},
		{"- revokerule: {}", `line 1: unknown change "revokerule"; known are addACL, `},
		{"- revokeRule: {grup: sg}", "field grup not found"},
	} {
		var f Form
		if err := yaml.Unmarshal([]byte(c.text), &f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
	}
}

// Every change of the package can be written in a form.
func TestForm_knows_every_change(t *testing.T) {
	var known []string
	for _, c := range kinds() {
		known = append(known, reflect.TypeOf(c).Name())
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Apply" {
				continue
			}
			receiver, ok := f.Recv.List[0].Type.(*ast.Ident)
			if !ok || receiver.Name == "Changes" {
				continue
			}
			found++
			if !slices.Contains(known, receiver.Name) {
				t.Errorf("%s cannot be written in a form; add it to kinds", receiver.Name)
			}
		}
	}
	if found != len(known) {
		t.Errorf("%d changes are declared, %d are known", found, len(known))
	}
}
