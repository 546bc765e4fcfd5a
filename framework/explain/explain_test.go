package explain_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/explain"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// brokenWorld is the world of a scenario after its break.
func brokenWorld(t *testing.T, id string, m topology.Mode) (topology.World, topology.Flow) {
	t.Helper()
	for _, s := range scenarios.Catalogue() {
		if s.ID != id {
			continue
		}
		healthy, err := s.HealthyWorld(m)
		if err != nil {
			t.Fatal(err)
		}
		w, err := change.Edit(healthy, s.Break.In(m))
		if err != nil {
			t.Fatal(err)
		}
		return w, s.Flow
	}
	t.Fatalf("the catalogue has no scenario %s", id)
	return topology.World{}, topology.Flow{}
}

func TestText_of_scenarios(t *testing.T) {
	for _, row := range []struct {
		name, id string
		mode     topology.Mode
	}{
		{"a group that omits the containers", "SG-001", topology.Routed},
		{"a group that omits the nodes", "SG-002", topology.Tunnel},
		{"a shut port for the overlay", "NODE-001", topology.Tunnel},
		{"four layers at once", "TRI-003", topology.Routed},
		{"addresses that two have", "PEER-022", topology.Tunnel},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, f := brokenWorld(t, row.id, row.mode)
			golden.Assert(t, "testdata/"+row.id+"-"+string(row.mode)+".txt", explained(t, w, f).Text())
		})
	}
}

func TestExplanation_as_JSON(t *testing.T) {
	w, f := brokenWorld(t, "TRI-001", topology.Routed)
	text, err := json.MarshalIndent(explained(t, w, f), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/TRI-001-routed.json", string(text)+"\n")
}

func TestSVG_has_every_remedy(t *testing.T) {
	w, f := brokenWorld(t, "TRI-003", topology.Routed)
	e := explained(t, w, f)
	svg := e.SVG()
	words := strings.Join(strings.Fields(textOf(t, svg)), "")
	for _, b := range e.Blockers {
		if !strings.Contains(words, strings.Join(strings.Fields(b.Remedy), "")) {
			t.Errorf("the drawing lacks %q", b.Remedy)
		}
	}
	if !strings.Contains(words, "whenmended") || !strings.Contains(svg, "<style>") {
		t.Error("the drawing has no mended way, or no style of its own")
	}
}

// textOf is the text of a drawing's text elements.
func textOf(t *testing.T, svg string) string {
	t.Helper()
	var b strings.Builder
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, isText := token.(xml.CharData); isText {
			b.Write(c)
		}
	}
}

// A world is explained as it is: neither it nor what it shares is edited.
func TestFlow_leaves_the_world_alone(t *testing.T) {
	w, f := brokenWorld(t, "TRI-003", topology.Routed)
	before, err := topology.MarshalYAML(w)
	if err != nil {
		t.Fatal(err)
	}
	explained(t, w, f)
	after, err := topology.MarshalYAML(w)
	if err != nil || string(before) != string(after) {
		t.Errorf("the world was edited (%v)", err)
	}
}

func TestWant_tells_apart_as_whom_a_flow_is_reached(t *testing.T) {
	for _, row := range []struct {
		mode   topology.Mode
		wanted string
		result explain.Result
	}{
		{topology.Routed, "pod-a", explain.Reached},
		{topology.Routed, "", explain.Reached},
		{topology.Tunnel, "node-1", explain.Reached},
		{topology.Tunnel, "pod-a", explain.SeenOtherwise},
	} {
		e := explained(t, worlds.OneVPC(row.mode), topology.Ping("pod-a", "ecs-25"))
		if e.Want(row.wanted); e.Result != row.result {
			t.Errorf("%s mode, wanted as %q: %s, want %s", row.mode, row.wanted, e.Result, row.result)
		}
	}
}

// The rule that allowed each hop is there as the world has it.
func TestWay_has_the_rules_that_allowed(t *testing.T) {
	e := explained(t, worlds.OneVPC(topology.Routed), topology.OverTCP("pod-a", "ecs-25", worlds.WebPort))
	want := verdict.GroupRule("ecs-25", topology.Ingress, "sg-ecs", "from-containers")
	for _, h := range e.Way.Forth {
		if h.Rule == want {
			if h.Says != "from-containers (ingress allow all 172.16.0.0/16)" || h.Source != "172.16.0.10" {
				t.Errorf("%+v", h)
			}
			return
		}
	}
	t.Errorf("no hop was allowed by %s: %+v", want, e.Way.Forth)
}

// Whatever is asked, a search ends: with a server that answers, or with why no more
// can be told. No end is met twice.
func TestFlow_ends_for_every_pair_of_everything(t *testing.T) {
	for _, m := range topology.Modes() {
		w := worlds.Everything(m)
		asked := 0
		for _, from := range w.Endpoints() {
			for _, to := range w.Destinations() {
				for _, f := range []topology.Flow{topology.Ping(from.Name, to.Name), topology.OverTCP(from.Name, to.Name, worlds.WebPort)} {
					if w.ValidateFlow(f) != nil || paperlab.New().Predict(w, f).Verdict.Kind == verdict.KindInconclusive {
						continue
					}
					asked++
					e := explained(t, w, f)
					if e.Result == explain.Blocked && e.Mended.Positive() != (e.Open == "") {
						t.Errorf("%s: open %q, mended %s", f, e.Open, e.Mended)
					}
					met := map[verdict.Verdict]bool{}
					for _, b := range e.Blockers {
						if met[b.Verdict.Identity()] && b.Verdict.Kind != verdict.KindRefused {
							t.Errorf("%s: met twice: %s", f, b.Verdict)
						}
						met[b.Verdict.Identity()] = true
						if b.What == "" {
							t.Errorf("%s: %s is not explained", f, b.Verdict)
						}
					}
				}
			}
		}
		if asked < 100 {
			t.Errorf("%s mode: only %d flows can be asked", m, asked)
		}
	}
}
