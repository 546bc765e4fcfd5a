package browser

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// Find finds a Chromium. Without one it skips the test, or fails it where the
// environment says that there has to be one.
func Find(t *testing.T, root string) string {
	t.Helper()
	settings, err := config.Load(config.Environment(), root, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}
	for _, name := range names {
		if path, err := cmd.Find(name); err == nil {
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

// Complaints are what a page did that it must not: errors on its console, exceptions,
// and requests of any kind but for itself.
type Complaints struct {
	mutex sync.Mutex
	all   []string
}

func (c *Complaints) add(format string, args ...any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.all = append(c.all, fmt.Sprintf(format, args...))
}

// All lists them.
func (c *Complaints) All() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.all)
}

func (c *Complaints) listen(of string) func(any) {
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

// Picture keeps a picture of what is to be seen now, where a folder for pictures was given.
func Picture(ctx context.Context, t *testing.T, v Visit, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(*screenshots, strings.ReplaceAll(v.Name, " ", "-")+"-"+name+".png"), png, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Visit is how a reader comes: with a screen and a preference.
type Visit struct {
	Name          string
	Width, Height int64
	// Scheme is light or dark.
	Scheme string
}

// Visits lists those that a page has to be right for.
func Visits() []Visit {
	return []Visit{
		{"light", 1280, 900, "light"},
		{"dark", 1280, 900, "dark"},
		{"phone light", 390, 844, "light"},
		{"phone dark", 390, 844, "dark"},
	}
}

// Open opens a page in the Chromium of that path, and waits until an element is to be seen. The context ends with the test.
func Open(t *testing.T, path string, v Visit, url, element string) (context.Context, *Complaints) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox is not for root
	}
	ctx, cancel := context.WithTimeout(t.Context(), config.DefaultTiming().Scenario)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	found := &Complaints{}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(found.listen("file://")))
	t.Cleanup(cancel)
	feature := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.Scheme}}
	err := errors.Join(
		called(chromedp.Call(ctx, network.Enable, network.EnableParams{})),
		called(chromedp.Call(ctx, log.Enable, cdp.Empty{})),
		called(chromedp.Call(ctx, runtime.Enable, cdp.Empty{})),
		called(chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: feature})),
		chromedp.Do(ctx, chromedp.EmulateViewport(v.Width, v.Height), chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS(element))),
	)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, found
}

func called(_ cdp.Empty, err error) error { return err }
