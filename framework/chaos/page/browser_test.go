package page_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/vpcgate/vpcgate/framework/chaos/page"
	"github.com/vpcgate/vpcgate/framework/internal/browser"
)

// root is the repository's root, seen from this package.
const root = "../../.."

// The page is opened as a file in a real browser, and used: a schedule, a violation by a link and by the keyboard, the theme.
func TestPage_in_a_browser(t *testing.T) {
	path := browser.Find(t, root)
	folder := t.TempDir()
	if err := page.Write(folder, theReport()); err != nil {
		t.Fatal(err)
	}
	url := "file://" + filepath.Join(folder, page.File)
	for _, v := range browser.Visits() {
		t.Run(v.Name, func(t *testing.T) {
			ctx, found := browser.Open(t, path, v, url, "#summary")
			use(ctx, t, v)
			for _, c := range found.All() {
				t.Error(c)
			}
		})
	}
}

func use(ctx context.Context, t *testing.T, v browser.Visit) {
	t.Helper()
	expect := func(what, script string, want int) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[int]("Number("+script+")"))
		if err != nil || got != want {
			t.Errorf("%s: %d, want %d (%s): %v", what, got, want, script, err)
		}
	}
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	show := func(id string) {
		t.Helper()
		expect("#"+id, fmt.Sprintf(`(document.getElementById(%q).scrollIntoView(), 1)`, id), 1)
		browser.Picture(ctx, t, v, id)
	}
	const wider = "document.documentElement.scrollWidth - innerWidth"
	browser.Picture(ctx, t, v, "summary")
	expect("wider than the screen", wider, 0)
	expect("the violation's schedule is open", `document.querySelectorAll("#schedules details.scenario[open]").length`, 1)
	expect("pictures side by side", `document.querySelectorAll("details.scenario[open] svg.traffic").length`, 2)
	show("faults")
	show("distributions")
	show("schedules")
	show("soak")
	// What a track shows is as wide as what was sent: a path that is drawn over the whole width.
	expect("tracks that are drawn", `Array.from(document.querySelectorAll("details.scenario[open] .sort-answered[d]")).filter((p) => p.getBoundingClientRect().width > 100).length`, 10)
	expect("names of faults in the picture", `Array.from(document.querySelectorAll("details.scenario[open] .traffic > text")).filter((t) => {
		const a = t.getBoundingClientRect(), b = t.closest("svg.traffic").getBoundingClientRect(); return a.left < b.left - 1 || a.right > b.right + 1; }).length`, 0)
	// A link leads into a schedule that is folded, and a mark to its text; the keyboard reaches both.
	expect("a link", `(location.hash = "#schedule-0000000000000007", 1)`, 1)
	do(chromedp.WaitVisible(chromedp.CSS("#schedule-0000000000000007 svg.traffic")))
	expect("open after a link", `document.querySelectorAll("#schedules details.scenario[open]").length`, 2)
	expect("focus on a mark", `(document.querySelector("a.mark").focus(), document.activeElement === document.querySelector("a.mark") ? 1 : 0)`, 1)
	do(chromedp.SendKeys(chromedp.CSS("#schedule-0000000000000abc > summary"), "\r"))
	expect("folded by the keyboard", `document.querySelectorAll("#schedule-0000000000000abc[open]").length`, 0)
	expect("wider than the screen with schedules", wider, 0)
	const dark = `getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)"`
	isDark := map[string]int{"light": 0, "dark": 1}[v.Scheme]
	expect("dark as the system is", dark, isDark)
	do(chromedp.Click(chromedp.CSS("#theme")))
	expect("dark after the toggle", dark, 1-isDark)
}
