package topology_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/topology"
)

const head = "apiVersion: vpcgate.dev/v1alpha1\nkind: World\n"

// goldenWorlds are the worlds of the fixtures with the file that holds each.
func goldenWorlds() map[string]topology.World {
	all := map[string]topology.World{}
	for _, m := range topology.Modes() {
		all[filepath.Join("testdata", "everything."+string(m)+".yaml")] = worlds.Everything(m)
		for _, w := range []topology.World{worlds.OneVPC(m), worlds.PeeredVPCs(m)} {
			all[filepath.Join("..", "..", "fixtures", "worlds", w.Name+"."+string(m)+".yaml")] = w
		}
	}
	return all
}

func TestYAML_roundTrip(t *testing.T) {
	for file, w := range goldenWorlds() {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := topology.MarshalYAML(w)
			if err != nil {
				t.Fatal(err)
			}
			golden.Assert(t, file, string(text))
			back, err := topology.ParseYAML(text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(w, back) {
				t.Errorf("the world came back changed:\nwent %+v\ncame %+v", w, back)
			}
		})
	}
}

// An engine or whitelist without settings is there all the same.
func TestYAML_keepsWhatIsThereWithoutSettings(t *testing.T) {
	w := worlds.OneVPC(topology.Tunnel)
	w.Hosts[0].Engine, w.Hosts[1].Whitelist = &topology.Engine{}, &topology.Whitelist{}
	text, err := topology.MarshalYAML(w)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := topology.ParseYAML(text); err != nil || !reflect.DeepEqual(w, back) {
		t.Errorf("it came back changed, %v:\n%s", err, text)
	}
}

func TestParseYAML_defaultsAreLeftOut(t *testing.T) {
	w, err := topology.ParseYAML([]byte(head + `name: small
securityGroups:
- name: sg
  rules:
  - {name: one, direction: ingress, protocol: tcp, ports: 80, group: sg}
  - {name: many, direction: egress, protocol: udp, ports: 1-65535, cidr: 10.0.0.0/8}
`))
	if err != nil {
		t.Fatal(err)
	}
	rules := w.SecurityGroups[0].Rules
	if got, want := rules[0].String(), "one (ingress allow tcp/80 sg)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := rules[1].Ports, (topology.PortRange{From: 1, To: 65535}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseYAML_rejects(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", "parse world: the text is empty"},
		{"no head", "name: w\n", `parse world: it is a "" of ""; wanted a "World" of "vpcgate.dev/v1alpha1"`},
		{"another version", "apiVersion: vpcgate.dev/v9\nkind: World\nnews: 1\n", `parse world: it is a "World" of "vpcgate.dev/v9"; wanted a "World" of "vpcgate.dev/v1alpha1"`},
		{"an unknown field", head + "name: w\nvpcs:\n- name: v\n  cidr: 10.0.0.0/8\n", "line 6: field cidr not found in type topology.VPC"},
		{"a field twice", head + "name: w\nname: x\n", `line 4: mapping key "name" already defined at line 3`},
		{"a second document", head + "name: w\n---\nname: x\n", "parse world: the text goes on after its first document"},
		{"an alias", head + "name: &n w\nvpcs: [{name: *n}]\n", "parse world: line 3: anchors and aliases are not accepted\nline 4: anchors and aliases are not accepted"},
		{"a tag", head + "name: !!binary dw==\n", "parse world: line 3: tag !!binary is not accepted"},
		{"merging", head + "<<: {name: w}\n", "parse world: line 3: merging is not accepted"},
		{"blocks and addresses that are none", head + `vpcs:
- {name: v, cidrs: [10.0.0.0/8, 10.0.0.0/33]}
hosts:
- name: h
  nic: {address: 10.0.0.300}
`, `parse world: line 4: cidrs: "10.0.0.0/33" is not a block such as 192.168.0.0/16
line 7: address: "10.0.0.300" is not an address such as 192.168.0.25`},
		{"new blocks and addresses that are none", head + `translators:
- {source: 198.19.128}
hosts:
- {name: h, routes: [10.0.0.0], engine: {bridgeIP: 172.16.0.1, pools: [x]}, whitelist: {entries: [y]}}
clusters:
- {nodes: [{moreBlocks: [z]}], networkPolicies: [{egress: [{except: [0]}]}]}
natGateways:
- {sources: [every]}
`, `parse world: line 4: source: "198.19.128" is not an address such as 192.168.0.25
line 6: routes: "10.0.0.0" is not a block such as 192.168.0.0/16
line 6: bridgeIP: "172.16.0.1" is not a block such as 192.168.0.0/16
line 6: pools: "x" is not a block such as 192.168.0.0/16
line 6: entries: "y" is not a block such as 192.168.0.0/16
line 8: moreBlocks: "z" is not a block such as 192.168.0.0/16
line 8: except: "0" is not a block such as 192.168.0.0/16
line 10: sources: "every" is not a block such as 192.168.0.0/16`},
		{"ports that are none", head + `securityGroups:
- {name: g, rules: [{name: r, ports: 80-x}]}
`, `line 4: ports: "80-x" is not a port such as 80 or a range such as 30000-32767`},
		{"port zero", head + "securityGroups:\n- {name: g, rules: [{name: r, ports: 0}]}\n", `line 4: ports: "0" is not a port`},
		{"a port too large", head + "hosts:\n- {name: h, listeners: [{protocol: tcp, port: 70000}]}\n", "line 4: cannot unmarshal !!int `70000` into uint16"},
		{"no YAML", "name: [", "parse world: yaml: line 1: did not find expected node content"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := topology.ParseYAML([]byte(row.text))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, row.want)
			}
		})
	}
}

func TestParseYAML_boundsItsInput(t *testing.T) {
	text := append([]byte(head), bytes.Repeat([]byte{'\n'}, topology.MaxYAMLBytes)...)
	if _, err := topology.ParseYAML(text); !errors.Is(err, topology.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, topology.ErrTooLarge)
	}
	// Each line has ten times what the line before it has.
	bomb := head + "name: &a0 lol\n"
	for i := range 20 {
		prev, next := string(rune('a'+i)), string(rune('a'+i+1))
		bomb += next + ": &" + next + " [" + strings.Repeat("*"+prev+",", 9) + "*" + prev + "]\n"
	}
	if _, err := topology.ParseYAML([]byte(strings.Replace(bomb, "&a0", "&a", 1))); err == nil {
		t.Error("an alias bomb was accepted")
	}
}

// FuzzParseYAML looks for texts that crash the parser, the validation, the sketch or the
// advice, and for worlds that do not survive being written and read again.
func FuzzParseYAML(f *testing.F) {
	for file := range goldenWorlds() {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(head + "vpcs: [{cidrs: ['fd00::/8', 0.0.0.0/0], subnets: [{cidr: ::/0}]}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := topology.ParseYAML(text)
		if err != nil {
			return
		}
		_ = w.Validate()
		_, _, _ = topology.Sketch(w), topology.Advise(w), topology.Suggest(w)
		for _, h := range w.Hosts {
			_ = w.EngineNetworks(h)
		}
		once, err := topology.MarshalYAML(w)
		if err != nil {
			t.Fatal(err)
		}
		again, err := topology.ParseYAML(once)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, once)
		}
		twice, err := topology.MarshalYAML(again)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, twice) {
			t.Errorf("once:\n%s\ntwice:\n%s", once, twice)
		}
	})
}
