package page_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record/page"
)

// browser finds a Chromium. Without one it skips the test, or fails it where the
// environment says that there has to be one.
func browser(t *testing.T) string {
	t.Helper()
	settings, err := config.Load(config.Environment(), root, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing := fmt.Sprintf("none of %s is installed, and the page was not opened; on Debian: apt-get install chromium", strings.Join(names, ", "))
	if settings.Browser == config.BrowserRequired {
		t.Fatal(missing)
	}
	t.Skip(missing + "; " + config.EnvBrowser + "=required makes this a failure")
	return ""
}

// complaints are what a page did that it must not: errors on its console, exceptions,
// and requests of any kind but for itself.
type complaints struct {
	mutex sync.Mutex
	all   []string
}

func (c *complaints) add(format string, args ...any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.all = append(c.all, fmt.Sprintf(format, args...))
}

func (c *complaints) listen(of string) func(any) {
	return func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			c.add("exception: %s in line %d", e.ExceptionDetails.Text, e.ExceptionDetails.LineNumber)
		case *runtime.EventConsoleAPICalled:
			c.add("console %s: %v", e.Type, e.Args)
		case *log.EventEntryAdded:
			c.add("log %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		case *network.EventRequestWillBeSent:
			if url := e.Request.URL; !strings.HasPrefix(url, of) && !strings.HasPrefix(url, "data:") && url != "about:blank" {
				c.add("request: %s", url)
			}
		case *network.EventLoadingFailed:
			c.add("request failed: %s", e.ErrorText)
		}
	}
}

// screenshots, where given, gets a picture of each view that the test comes by.
var screenshots = flag.String("screenshots", "", "folder for pictures of the page")

// visit is how a reader comes: with a screen and a preference.
type visit struct {
	name          string
	width, height int64
	scheme        string
}

func visits() []visit {
	return []visit{
		{"light", 1280, 900, "light"},
		{"dark", 1280, 900, "dark"},
		{"phone light", 390, 844, "light"},
		{"phone dark", 390, 844, "dark"},
	}
}

// The page is opened as a file in a real browser, and used: the filter, the search, a
// scenario, a path, the theme, a link from outside.
func TestPage_in_a_browser(t *testing.T) {
	path := browser(t)
	text, err := page.Render(theReport(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), page.File)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range visits() {
		t.Run(v.name, func(t *testing.T) {
			ctx, found := open(t, path, v, "file://"+file)
			use(ctx, t, v, "file://"+file)
			found.mutex.Lock()
			defer found.mutex.Unlock()
			for _, c := range found.all {
				t.Error(c)
			}
		})
	}
}

func open(t *testing.T, path string, v visit, url string) (context.Context, *complaints) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox is not for root
	}
	ctx, cancel := context.WithTimeout(t.Context(), config.DefaultTiming().Scenario)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	found := &complaints{}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(found.listen("file://")))
	t.Cleanup(cancel)
	feature := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}
	err := errors.Join(
		called(chromedp.Call(ctx, network.Enable, network.EnableParams{})),
		called(chromedp.Call(ctx, log.Enable, cdp.Empty{})),
		called(chromedp.Call(ctx, runtime.Enable, cdp.Empty{})),
		called(chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: feature})),
		chromedp.Do(ctx, chromedp.EmulateViewport(v.width, v.height), chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("#filter"))),
	)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, found
}

func called(_ cdp.Empty, err error) error { return err }

// use goes through the page as a reader does, and checks after each step what is to
// be seen.
func use(ctx context.Context, t *testing.T, v visit, url string) {
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
		if *screenshots == "" {
			return
		}
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(*screenshots, strings.ReplaceAll(v.name, " ", "-")+"-"+name+".png"), png, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
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
	isDark := map[string]int{"light": 0, "dark": 1}[v.scheme]
	expect("dark as the system is", dark, isDark)
	do(chromedp.Click(chromedp.CSS("#theme")))
	expect("dark after the toggle", dark, 1-isDark)
	do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#filter")))
	expect("dark after it was opened again", dark, 1-isDark)
	do(chromedp.Navigate("about:blank"), chromedp.Navigate(url+"#SG-001-routed-netns"), chromedp.WaitVisible(chromedp.CSS("#SG-001-routed-netns")))
}
