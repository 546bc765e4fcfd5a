package preflight_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/preflight"
)

// good returns the facts of a workstation that has everything.
func good() preflight.Facts {
	yes := preflight.Try{Support: preflight.Yes}
	return preflight.Facts{
		Kernel: "6.1.0", Distribution: "Debian GNU/Linux 12", Root: true,
		Namespaces: yes, Veth: yes, Vxlan: yes, Nftables: yes,
		Cgroup: "2", Engine: preflight.EngineRunning, EngineVersion: "28.0", NodeImage: "vpcgate.dev/node:v1",
		Go: "go1.26", Source: "/src", DiskFree: 100 << 30, MemoryFree: 16 << 30,
	}
}

func TestEvaluate_findsNothingOnAGoodHost(t *testing.T) {
	t.Parallel()
	report := preflight.Evaluate(good())
	for _, f := range report.Findings {
		if f.State != preflight.OK || f.Gap != nil {
			t.Errorf("%s is %s: %+v", f.Name, f.State, f.Gap)
		}
	}
	if text := report.Text(); !strings.HasSuffix(text, "paper  can run\nnetns  can run\nkind   can run\n") {
		t.Errorf("got %s", text)
	}
}

// gapCase is a host that lacks something, and what follows.
type gapCase struct {
	name    string
	change  func(*preflight.Facts)
	finding string
	state   preflight.State
	stops   []preflight.Lab
}

// gapCases returns a case for each thing that a host may lack.
func gapCases() []gapCase {
	no := preflight.Try{Support: preflight.No, Why: "operation not supported"}
	return []gapCase{
		{"an ordinary user", func(f *preflight.Facts) { f.Root = false }, "privileges", preflight.Limited, []preflight.Lab{preflight.Kind}},
		{
			"an ordinary user without user namespaces",
			func(f *preflight.Facts) { f.Root, f.UserNamespaces = false, no },
			"privileges", preflight.Missing,
			[]preflight.Lab{preflight.Netns, preflight.Kind},
		},
		{"no vxlan", func(f *preflight.Facts) { f.Vxlan = no }, "vxlan", preflight.Missing, []preflight.Lab{preflight.Netns, preflight.Kind}},
		{"veth not tried", func(f *preflight.Facts) { f.Veth = preflight.Try{} }, "veth", preflight.Limited, nil},
		{"cgroup 1", func(f *preflight.Facts) { f.Cgroup = "1" }, "cgroup", preflight.Limited, nil},
		{"no cgroup", func(f *preflight.Facts) { f.Cgroup = "" }, "cgroup", preflight.Missing, []preflight.Lab{preflight.Kind}},
		{
			"a capability less", func(f *preflight.Facts) { f.MissingCapabilities = []string{"CAP_SYS_RESOURCE"} },
			"capabilities", preflight.Limited, nil,
		},
		{
			"an engine that cannot", func(f *preflight.Facts) { f.EngineProblem = "lacks a capability" },
			"engine", preflight.Missing,
			[]preflight.Lab{preflight.Kind},
		},
		{
			"an engine for others", func(f *preflight.Facts) { f.Engine = preflight.EngineForbidden },
			"engine", preflight.Missing,
			[]preflight.Lab{preflight.Kind},
		},
		{
			"an engine that does not run", func(f *preflight.Facts) { f.Engine = preflight.EngineInstalled },
			"engine", preflight.Prepared, nil,
		},
		{
			"no engine on Debian", func(f *preflight.Facts) { f.Engine, f.CanInstall = preflight.EngineAbsent, true },
			"engine", preflight.Prepared, nil,
		},
		{
			"no engine elsewhere", func(f *preflight.Facts) { f.Engine = preflight.EngineAbsent },
			"engine", preflight.Missing,
			[]preflight.Lab{preflight.Kind},
		},
		{
			"no node image", func(f *preflight.Facts) { f.NodeImage, f.Mmdebstrap = "", true },
			"node image", preflight.Prepared, nil,
		},
		{"no node image and no way to build it", func(f *preflight.Facts) { f.NodeImage = "" }, "node image", preflight.Limited, nil},
		{
			"no image of a cache", func(f *preflight.Facts) { f.MissingImages, f.Mmdebstrap = []string{"redis"}, true },
			"further images", preflight.Prepared, nil,
		},
		{"no image of a cache and no way to build it", func(f *preflight.Facts) { f.MissingImages = []string{"redis"} }, "further images", preflight.Limited, nil},
		{"no source", func(f *preflight.Facts) { f.Source = "" }, "go and source", preflight.Missing, []preflight.Lab{preflight.Kind}},
		{"little memory", func(f *preflight.Facts) { f.MemoryFree = 1 << 30 }, "memory", preflight.Limited, nil},
		{"little disk", func(f *preflight.Facts) { f.DiskFree = 1 << 30 }, "disk", preflight.Limited, nil},
	}
}

func TestEvaluate_eachGap(t *testing.T) {
	t.Parallel()
	for _, c := range gapCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			facts := good()
			c.change(&facts)
			report := preflight.Evaluate(facts)
			i := slices.IndexFunc(report.Findings, func(f preflight.Finding) bool { return f.Name == c.finding })
			got := report.Findings[i]
			if got.State != c.state || !slices.Equal(got.Stops, c.stops) {
				t.Errorf("got %s, stopping %v", got.State, got.Stops)
			}
			if g := got.Gap; g == nil || g.What == "" || g.Why == "" || g.How == "" || g.Where == "" {
				t.Errorf("a part of the gap is missing: %+v", g)
			}
			for _, lab := range preflight.Labs() {
				if report.Can(lab) == slices.Contains(c.stops, lab) {
					t.Errorf("%s: can run is %t", lab, report.Can(lab))
				}
			}
		})
	}
}

func TestReport_textNamesTheFourParts(t *testing.T) {
	t.Parallel()
	facts := good()
	facts.Engine = preflight.EngineAbsent
	text := preflight.Evaluate(facts).Text()
	want := `missing   engine             not installed
          missing  a running container engine
          needed   kind's nodes are its containers
          remedy   install Docker and start it
          see      https://kind.sigs.k8s.io/docs/user/quick-start/
`
	if !strings.Contains(text, want) || !strings.Contains(text, "kind   cannot run: engine\n") {
		t.Errorf("got %s", text)
	}
}

func TestReport_jsonSaysWhatEachLabCanDo(t *testing.T) {
	t.Parallel()
	text, err := preflight.Evaluate(preflight.Facts{}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Labs     map[string]bool
		Findings []struct{ Name, State string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !got.Labs["paper"] || got.Labs["kind"] || len(got.Findings) == 0 {
		t.Errorf("got %s", text)
	}
}

func TestDoctor_answersOnThisHost(t *testing.T) {
	t.Parallel()
	report := preflight.Doctor(t.Context(), preflight.Options{})
	if !report.Can(preflight.Paper) || len(report.Findings) < 10 {
		t.Errorf("got %+v", report)
	}
	t.Log("\n" + report.Text())
}
