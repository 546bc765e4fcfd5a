package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
)

func render(t *testing.T) string {
	t.Helper()
	text, err := page.Render(theReport(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// element calls back for every element of a page.
func elements(t *testing.T, text string, each func(n *html.Node)) {
	t.Helper()
	top, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	for n := range top.Descendants() {
		if n.Type == html.ElementNode {
			each(n)
		}
	}
}

func TestRender_every_link_leads_somewhere(t *testing.T) {
	ids, links := map[string]int{}, map[string]bool{}
	elements(t, render(t), func(n *html.Node) {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				links[a.Val[1:]] = true
			case a.Key == "href" && n.Data == "a" && strings.HasPrefix(a.Val, record.BundlesFolder+"/"): // a file beside the page
			case a.Key == "href" && n.Data == "link" && a.Val == "data:,": // no icon is asked for
			case a.Key == "href" || a.Key == "src" || a.Key == "srcset" || a.Key == "action":
				t.Errorf("<%s> leads out of the page, to %s", n.Data, a.Val)
			}
		}
	})
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
	for _, want := range []string{"summary", "failures", "matrix", "charts", "claims", "finding-address-planning-slip", "diagnosis", "mutation", "SG-001", "SG-001-routed", "SG-001-routed-netns", "SG-001-tunnel-kind"} {
		if ids[want] == 0 {
			t.Errorf("#%s is missing", want)
		}
	}
}

func TestRender_escapes(t *testing.T) {
	text := render(t)
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "answers <b>here") {
		t.Error("a reason is markup")
	}
	scripts := 0
	elements(t, text, func(n *html.Node) {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s", n.Data, a.Key)
			}
		}
		if n.Data == "script" {
			scripts++
		}
	})
	if scripts != 1 {
		t.Errorf("the page has %d scripts, want its own", scripts)
	}
}

func TestRender_is_readable_without_script(t *testing.T) {
	text := render(t)
	for _, want := range []string{
		"make conformance FOCUS=SG-001 MODE=routed LAB=netns", // what runs it again
		"sg/ecs-25/ingress/default-deny",                      // the rule that stopped it
		"remove rule from-containers from security group sg-ecs",
		"pod-a asks ecs-25 icmp", // a transcript
		"not cured: pod-a",       // why it failed
		"for Redis, which is not installed here",
		"Its node is allowed already", // what a blind diagnosis advises
		"the remedy changes nothing",
		`href="bundles/SG-001-routed-netns/ruleset.txt"`,
		"1 proved, 1 disputed",
	} {
		if !strings.Contains(text, html.EscapeString(want)) && !strings.Contains(text, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

// Equal reports are equal pages: a page can be rendered again and compared.
func TestRender_is_stable(t *testing.T) {
	r, all := theReport(t)
	first, err := page.Render(r, all)
	if err != nil {
		t.Fatal(err)
	}
	again, err := page.Render(r, all)
	if err != nil || string(first) != string(again) {
		t.Errorf("the second page differs: %v", err)
	}
}

func TestRender_of_an_unfinished_run(t *testing.T) {
	r := record.Unfinished(record.Run{ID: "20261124-230000-0a1b"}, record.Environment{})
	text, err := page.Render(r, nil)
	if err != nil || !strings.Contains(string(text), "did not finish") {
		t.Errorf("%v: it does not say that the run did not finish", err)
	}
}

// What is kept with the source is read whole: nothing of it is lost in a report.
func TestMutation_is_read_whole(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, record.MutationFile))
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.ReadMutation(root)
	if err != nil || m.Total != len(m.Mutants) || m.Total == 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	if got, want := strings.Count(render(t), ">killed"), len(regexp.MustCompile(`"state": "killed"`).FindAll(text, -1)); got != want {
		t.Errorf("the page shows %d killed mutants of %d", got, want)
	}
	if none, err := record.ReadMutation(t.TempDir()); none != nil || err != nil {
		t.Errorf("where there is none: %v, %v", none, err)
	}
}
