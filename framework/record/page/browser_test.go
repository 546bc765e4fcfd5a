package page_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/vpcgate/vpcgate/framework/internal/browser"
	"github.com/vpcgate/vpcgate/framework/record/page"
)

// The page is opened as a file in a real browser, and used: the filter, the search, a
// scenario, a path, the theme, a link from outside.
func TestPage_in_a_browser(t *testing.T) {
	path := browser.Find(t, root)
	text, err := page.Render(theReport(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), page.File)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range browser.Visits() {
		t.Run(v.Name, func(t *testing.T) {
			ctx, found := browser.Open(t, path, v, "file://"+file, "#filter")
			use(ctx, t, v, "file://"+file)
			for _, c := range found.All() {
				t.Error(c)
			}
		})
	}
}

// use goes through the page as a reader does, and checks after each step what is to
// be seen.
func use(ctx context.Context, t *testing.T, v browser.Visit, url string) {
	t.Helper()
	scenarios := len(shown())
	number := func(script string) int {
		t.Helper()
		n, err := chromedp.Run(ctx, chromedp.Evaluate[int]("Number("+script+")"))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return n
	}
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, script string, want int) {
		t.Helper()
		if got := number(script); got != want {
			t.Errorf("%s: %d, want %d (%s)", what, got, want, script)
		}
	}
	const rows = `document.querySelectorAll("#grid tbody tr:not([hidden])").length`
	const sections = `document.querySelectorAll("details.scenario:not([hidden])").length`
	pick := func(name, value string) {
		t.Helper()
		number(fmt.Sprintf(`(s => { s.value = %q; s.dispatchEvent(new Event("input", {bubbles: true})); return 1; })(document.querySelector("#filter select[name=%s]"))`, value, name))
	}

	picture := func(name string) {
		t.Helper()
		browser.Picture(ctx, t, v, name)
	}

	picture("summary")
	expect("scenarios at first", rows, scenarios)
	expect("wider than the screen", "document.documentElement.scrollWidth - innerWidth", 0)
	pick("family", "peering")
	expect("scenarios of peerings", rows, 2)
	expect("their sections", sections, 2)
	pick("family", "")
	pick("outcome", "failure")
	expect("scenarios that failed", rows, 1)
	number(`(document.querySelector("#matrix").scrollIntoView(), 1)`)
	picture("filtered")
	pick("mode", "tunnel")
	expect("scenarios that failed in tunnel mode", rows, 0)
	do(chromedp.Click(chromedp.CSS("#filter button[type=reset]")))
	do(chromedp.WaitVisible(chromedp.CSS(`#grid tr[data-id="PEER-001"]`)))
	expect("scenarios after the filter", rows, scenarios)
	do(chromedp.SendKeys(chromedp.CSS("#search"), "container cidr sg-001"))
	expect("scenarios found", rows, 1)

	do(chromedp.Click(chromedp.CSS(`#grid tr[data-id="SG-001"] th a`)), chromedp.WaitVisible(chromedp.CSS(`#SG-001-routed .story`)))
	picture("scenario")
	expect("drawings of both modes", `document.querySelectorAll("#SG-001 .drawing svg").length`, 2)
	do(chromedp.Click(chromedp.CSS("#SG-001-routed details.phases > summary")), chromedp.WaitVisible(chromedp.CSS("#SG-001-routed details.phases .q a.x")))
	do(chromedp.Click(chromedp.CSS("#SG-001-routed details.phases .q a.x")), chromedp.WaitVisible(chromedp.CSS("#SG-001-routed .shown ol.path")))
	picture("path")
	do(chromedp.Click(chromedp.CSS("#SG-001-routed details.phases .q a.x")))
	expect("paths after a second click", `document.querySelectorAll("#SG-001-routed .shown").length`, 0)
	expect("wider than the screen with a scenario", "document.documentElement.scrollWidth - innerWidth", 0)

	// A link from outside leads into what the filter hides.
	number(`(location.hash = "#PEER-001-routed-netns", 1)`)
	do(chromedp.WaitVisible(chromedp.CSS("#PEER-001-routed-netns")))
	expect("scenarios after a link", rows, scenarios)

	const dark = `getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"`
	isDark := map[string]int{"light": 0, "dark": 1}[v.Scheme]
	expect("dark as the system is", dark, isDark)
	do(chromedp.Click(chromedp.CSS("#theme")))
	expect("dark after the toggle", dark, 1-isDark)
	do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#filter")))
	expect("dark after it was opened again", dark, 1-isDark)
	do(chromedp.Navigate("about:blank"), chromedp.Navigate(url+"#SG-001-routed-netns"), chromedp.WaitVisible(chromedp.CSS("#SG-001-routed-netns")))
}
