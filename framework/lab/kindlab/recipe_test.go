package kindlab

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Servers are started with what package managed says: the golden file shows all of
// it, for a password that every configuration has to quote.
func TestRecipes(t *testing.T) {
	t.Parallel()
	id := identity{run: "r1", mode: topology.Routed, cluster: "vpcgate-routed-r1", state: "/run/vpcgate"}
	var out strings.Builder
	for _, u := range topology.Uses() {
		r, known := recipeOf(u)
		if !known {
			fmt.Fprintf(&out, "%s: no real server\n\n", u)
			continue
		}
		i := managed.Instance{
			Name: "instance", Epoch: "3f2a", Use: u, Password: `it's "x"\`,
			Nodes: []managed.Node{{Host: "host", Listen: netip.MustParseAddrPort("192.168.20.63:1")}},
		}
		spec := serverSpec(id, i, r, "vpcgate-routed-r1-host", "example/"+string(u)+":v1", "/run/vpcgate/services/host")
		fmt.Fprintf(&out, "%s: docker %s\n", r.name, strings.Join(spec.runArgs(), "\n  "))
		files := r.files(i)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(&out, "%s:\n  %s\n", name, strings.ReplaceAll(strings.TrimSpace(files[name]), "\n", "\n  "))
		}
		after := i
		after.Password = "another"
		fmt.Fprintf(&out, "to prepare: %q\nto change the password: %q\n\n", r.prepare(i), r.change(i, after))
	}
	golden.Assert(t, "testdata/recipes.golden.txt", out.String())
}

func TestReadVersion(t *testing.T) {
	t.Parallel()
	for u, row := range map[topology.Use]struct{ text, want string }{
		topology.UseRedis: {"# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\n", "7.0.15"},
		topology.UseMySQL: {"a\x00\x00\x00\x0a5.5.5-10.11.14-MariaDB-0+deb12u2\x00\x04\x00", "10.11.14-MariaDB-0+deb12u2"},
		topology.UseAMQP:  {"\x07productS\x00\x00\x00\x08RabbitMQ\x07versionS\x00\x00\x00\x063.10.8", "3.10.8"},
	} {
		r, _ := recipeOf(u)
		if got := r.readVersion(row.text); got != row.want {
			t.Errorf("%s: version %q, want %q", u, got, row.want)
		}
		if got := r.readVersion("nothing"); got != "" {
			t.Errorf("%s: version %q of nothing", u, got)
		}
	}
}
