package seal_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
)

// fill sets everything in a value to something that is not its zero value.
func fill(v reflect.Value, depth int) {
	switch v.Addr().Interface().(type) {
	case *time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 24, 22, 30, 0, 0, time.UTC)))
		return
	case *netip.Addr:
		v.Set(reflect.ValueOf(netip.MustParseAddr("172.16.0.5")))
		return
	case *netip.Prefix:
		v.Set(reflect.ValueOf(netip.MustParsePrefix("172.16.0.0/16")))
		return
	}
	const deepest = 12
	if depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth+1)
		fill(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("something")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(3)
	default:
	}
}

// spot is one place in a JSON value: how to read it, to set it, and to take it away.
type spot struct {
	path   string
	value  any
	set    func(any)
	remove func() (back func())
}

// spots lists every value in a JSON value, each field of a kind of thing once.
func spots(v any, path string, seen map[string]bool) []spot {
	var all []spot
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			at := path + "." + name
			if !seen[at] {
				seen[at] = true
				all = append(all, spot{at, inner, func(to any) { v[name] = to }, func() func() {
					delete(v, name)
					return func() { v[name] = inner }
				}})
			}
			all = append(all, spots(inner, at, seen)...)
		}
	case []any:
		for i, inner := range v {
			at := path + "[]"
			if !seen[at] {
				seen[at] = true
				all = append(all, spot{at, inner, func(to any) { v[i] = to }, nil})
			}
			all = append(all, spots(inner, at, seen)...)
		}
	}
	return all
}

// another is a value like the given one that is not the same.
func another(v any) any {
	switch v := v.(type) {
	case string:
		return v + " "
	case bool:
		return !v
	case float64:
		return v + 1
	case []any:
		return append(slices.Clone(v), nil)
	case map[string]any:
		with := map[string]any{"added": true}
		for k, inner := range v {
			with[k] = inner
		}
		return with
	default:
		return "something"
	}
}

// Every field of a result, filled with something, is edited once, alone, and once
// taken away: each time the edit is found, and the result named.
func TestVerify_findsAnEditOfEveryField(t *testing.T) {
	var full record.Result
	fill(reflect.ValueOf(&full).Elem(), 0)
	full.Outcome = record.Success
	const untouched = 2 // the first and the last
	dir := sealedWith(t, record.Result{Scenario: "SG-001", Outcome: record.Success}, full, record.Result{Scenario: "SG-003", Outcome: record.Success})
	var report map[string]any
	if err := json.Unmarshal([]byte(read(t, dir, seal.ReportFile)), &report); err != nil {
		t.Fatal(err)
	}
	results, ok := report["results"].([]any)
	if !ok || len(results) != untouched+1 {
		t.Fatalf("the report has results %v", report["results"])
	}
	found := 0
	try := func(what string) {
		t.Helper()
		found++
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, seal.ReportFile, string(text))
		named := func(f seal.Finding) bool {
			return f.File == seal.ReportFile && strings.HasPrefix(f.Name, "something [something]") && f.Kind == seal.Edited ||
				// What makes the name makes another one.
				f.Kind == seal.Missing && f.Name == "something [something] [something]"
		}
		v := verify(t, dir, seal.Expect{})
		if !slices.ContainsFunc(v.Findings, named) {
			t.Errorf("%s: it is not found in the result: %s", what, lines(v))
		}
		for _, f := range v.Findings {
			if strings.HasPrefix(f.Name, "SG-00") {
				t.Errorf("%s: another result is blamed: %s", what, f)
			}
		}
	}
	for _, s := range spots(results[1], "", map[string]bool{}) {
		s.set(another(s.value))
		try(s.path)
		s.set(s.value)
		if s.remove != nil {
			back := s.remove()
			try("removed " + s.path)
			back()
		}
	}
	const atLeast = 150 // as many as a result had fields when this was written
	if found < atLeast {
		t.Errorf("only %d edits were tried", found)
	}
	t.Logf("%d edits were found", found)
}

func sealedWith(t *testing.T, results ...record.Result) string {
	t.Helper()
	root := t.TempDir()
	r := record.Report{Schema: record.Schema, Run: record.Run{ID: "r", Outcome: record.Success}, Results: results}
	if err := record.Write(root, r); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "r")
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A chain over many results names the one that was edited, wherever it is.
func TestVerify_findsAnyOfMany(t *testing.T) {
	const many = 60
	var results []record.Result
	for i := range many {
		results = append(results, record.Result{Scenario: fmt.Sprintf("SG-%03d", i), Outcome: record.Success})
	}
	dir := sealedWith(t, results...)
	whole := read(t, dir, seal.ReportFile)
	for i := range many {
		name := fmt.Sprintf("SG-%03d", i)
		edit(t, dir, func(all []any) []any {
			all[i].(map[string]any)["result"] = "failure" //nolint:errcheck // results are objects
			return all
		})
		if v := verify(t, dir, seal.Expect{}); len(v.Findings) != 2 || v.Findings[1].Name != name || v.Findings[1].Kind != seal.Edited {
			t.Errorf("%s: got %s", name, lines(v))
		}
		if err := os.WriteFile(filepath.Join(dir, seal.ReportFile), []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, dir, seal.Expect{}); !v.Intact() {
			t.Fatalf("put back, it is not as it was: %s", lines(v))
		}
	}
}
