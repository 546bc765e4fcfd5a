package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/page"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
)

func render(t *testing.T, r storm.Report) string {
	t.Helper()
	text, err := page.Render(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whoever has no script, and whoever cannot see, reads the same.
func TestRender_says_everything_in_words(t *testing.T) {
	text := render(t, theReport())
	for _, want := range []string{
		"2 violations in 1 of 3 schedules", "bin/vpcgate chaos --lab netns --for 1m0s --seed 31", "✗ 1 of 60", "640 ms",
		"bin/vpcgate chaos --schedule schedule-0000000000000abc-least.yaml", "the smallest that shows the same, with 1 of 3 faults",
		"fail-closed", "answered, and it must be <dropped> & silent", "pod-a → ecs-p tcp/80: 79 answered, 60 silent; silent 1.000 s to 1.950 s (20)",
		"was not proven", "a page on rule-revoked", "file descriptors grew by", "1.000 s to 1.030 s: inject route-withdrawn",
	} {
		if !strings.Contains(html.UnescapeString(text), want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if strings.Contains(text, "<dropped>") {
		t.Error("a text is markup")
	}
	if again := render(t, theReport()); again != text {
		t.Error("the second page differs")
	}
}

func TestRender_every_link_leads_somewhere(t *testing.T) {
	top, err := html.ParseWithOptions(strings.NewReader(render(t, theReport())), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]int{}, map[string]bool{}
	for n := range top.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				links[a.Val[1:]] = true
			case a.Key == "href" && a.Val != "data:,", a.Key == "src", strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements have the id %s", n, id)
		}
	}
	for link := range links {
		if ids[link] == 0 {
			t.Errorf("#%s is nowhere", link)
		}
	}
	if ids["schedule-0000000000000abc-least-violation-2"] == 0 {
		t.Error("the violations of the smallest schedule are not listed")
	}
}

func TestRender_of_a_run_that_found_nothing(t *testing.T) {
	text := render(t, storm.Report{Result: chaos.Unknown, Reason: "nothing was judged"})
	if !strings.Contains(text, "nothing was judged") || strings.Contains(text, `id="schedules"`) {
		t.Error("an empty run is not shown as one")
	}
}

// However badly an hour goes, the page stays one that opens: as many schedules as are kept, each as restless as a trace can be.
func TestRender_is_bounded(t *testing.T) {
	const schedules, most = 20 + 20 + 12, 10 << 20
	worst := episode(1, chaos.Invalid, "rule-revoked sg-ecs/from-nodes", "peering-deleted peering-demo", "route-withdrawn rtb-demo2/192.168.0.0/16")
	worst.Schedule.Flows, worst.History = nil, chaos.History{}
	for flow := range 26 {
		worst.History.Flows = append(worst.History.Flows, flows()[flow%len(flows())])
		for n := range 2000 {
			op := chaos.Operation{Number: uint64(n), Flow: flow, Sent: time.Duration(n) * ms, Outcome: chaos.Answered}
			if n%2 == 0 {
				op.Outcome = chaos.Silent
			}
			worst.History.Operations = append(worst.History.Operations, op)
		}
	}
	least := worst
	worst.Least = &least
	r := theReport()
	r.Traces = nil
	for i := range schedules {
		trace := worst.Trace()
		trace.Number = uint64(i)
		if i >= 20 {
			trace.Least = nil
		}
		r.Traces = append(r.Traces, trace)
	}
	if n := len(render(t, r)); n > most {
		t.Errorf("the page has %d bytes", n)
	} else {
		t.Logf("%d bytes", n)
	}
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	if err := page.Write(folder, theReport()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, page.File)); err != nil || len(text) < 10000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if err := page.Write(filepath.Join(folder, "nowhere"), theReport()); err == nil {
		t.Error("a page is written into a folder that is not there")
	}
}
