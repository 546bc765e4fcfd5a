package sheet

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"time"

	"github.com/vpcgate/vpcgate/framework/drawing"
)

//go:embed assets
var assets embed.FS

// Sheet is what the frame of a page needs.
type Sheet struct {
	Title  string
	Links  []Link
	Style  template.CSS
	Script template.JS
	Policy string
}

// Link leads to a section of the page.
type Link struct{ To, Text string }

// Open reads a page's own templates (*.tmpl), page.css and page.js, where it has them, from a folder. The template knows "sheet-head" and "sheet-foot",
// which take a Sheet, and the functions of this package beside the given ones.
func Open(own fs.FS, folder string, functions template.FuncMap) (*template.Template, Sheet, error) {
	style, err := both(own, folder, "sheet.css", "page.css")
	if err != nil {
		return nil, Sheet{}, err
	}
	script, err := both(own, folder, "sheet.js", "page.js")
	if err != nil {
		return nil, Sheet{}, err
	}
	all := template.FuncMap{"span": Span, "when": When}
	maps.Copy(all, functions)
	t, err := template.New("sheet").Funcs(all).ParseFS(assets, "assets/*.tmpl")
	if err == nil {
		t, err = t.ParseFS(own, path.Join(folder, "*.tmpl"))
	}
	if err != nil {
		return nil, Sheet{}, err
	}
	// They are our own files; the policy lets no other script run.
	return t, Sheet{
		Style: template.CSS(drawing.Stylesheet() + string(style)), Script: template.JS(script), Policy: policy(script),
	}, nil
}

// both is a shared file followed by a page's own.
func both(own fs.FS, folder, shared, name string) ([]byte, error) {
	first, err := assets.ReadFile("assets/" + shared)
	if err != nil {
		return nil, err
	}
	second, err := fs.ReadFile(own, path.Join(folder, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return bytes.Join([][]byte{first, second}, nil), nil
}

// Titled is the sheet of a page with its title and its sections.
func (s Sheet) Titled(title string, links ...Link) Sheet {
	s.Title, s.Links = title, links
	return s
}

// policy forbids a page everything but its own style and its own script, so that a text of a report that slipped through could
// neither run nor call anybody.
func policy(script []byte) string {
	sum := sha256.Sum256(script)
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Span prints seconds with the precision that a reader needs.
func Span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", seconds*1e3)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}

// When prints a time.
func When(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
