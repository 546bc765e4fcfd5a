package scenario_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/scenario"
)

// A scenario of a user's own is written whole as well, in the one mode that it has.
func TestParseWhole_ofAUsersOwn(t *testing.T) {
	own, mode, err := scenario.ParseYAML([]byte(serviceForm))
	if err != nil {
		t.Fatal(err)
	}
	text, err := scenario.MarshalYAML(own)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.ParseWhole(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got.OnlyIn != mode || got.Origin != scenario.UserOwn || got.Remedy.In(mode).String() != own.Remedy.In(mode).String() {
		t.Errorf("got %+v", got)
	}
	if _, _, err := scenario.ParseYAML(text); err == nil || !strings.Contains(err.Error(), `wanted a "Scenario"`) {
		t.Errorf("a whole scenario is not a user's form: %v", err)
	}
}

func TestParseWhole_refuses(t *testing.T) {
	own, _, err := scenario.ParseYAML([]byte(serviceForm))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := scenario.MarshalYAML(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ was, is, want string }{
		{"id: OWN-002\n", "", "id: it is missing"},
		{"title: the cache lists the nodes only\n", "", "title: it is missing"},
		{"onlyIn: routed", "onlyIn: bridged", `onlyIn: unknown mode "bridged"`},
		{"onlyIn: routed", "onlyIn: tunnel", `worlds: that of mode tunnel is missing`},
		{"onlyIn: routed\n", "", "worlds: that of mode tunnel is missing"},
		{"both: {kind: app-denied, by: cache, code: not-listed}", "tunnel: {kind: app-denied, by: cache, code: not-listed}", "a verdict is missing"},
		{"mode: routed", "mode: bridged", "bridged"},
		{"flow: {from: web,", "flow: {from: nobody,", `nobody`},
		{"flow: {from: web,", "flaw: {from: web,", "field flaw not found"},
		{"name: pods", "name: shop", "shop"},
	} {
		if !strings.Contains(string(whole), c.was) {
			t.Fatalf("the form has no %q:\n%s", c.was, whole)
		}
		_, err := scenario.ParseWhole([]byte(strings.Replace(string(whole), c.was, c.is, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v\nwant %s", c.is, err, c.want)
		}
	}
	if got := scenario.FileName("../a b"); got != "..%2Fa%20b.yaml" {
		t.Errorf("a file's name leaves its folder: %s", got)
	}
}
