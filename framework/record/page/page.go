package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"

	"github.com/vpcgate/vpcgate/framework/drawing"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// File is the page's name in a run's folder.
const File = record.PageFile

//go:embed assets
var assets embed.FS

// Render renders the report. The scenarios, by their ids, are for the drawings of their
// worlds; of one that is missing, the report's own sketch is shown.
func Render(r record.Report, scenarios map[string]scenario.Scenario) ([]byte, error) {
	style, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	script, err := assets.ReadFile("assets/page.js")
	if err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	t, err := template.New("page").Funcs(functions()).ParseFS(assets, "assets/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	d := newDocument(r, scenarios)
	// They are our own files; the policy lets no other script run.
	d.Style, d.Script = template.CSS(drawing.Stylesheet()+string(style)), template.JS(script)
	d.Policy = policy(script)
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", d); err != nil {
		return nil, fmt.Errorf("render page of run %s: %w", r.Run.ID, err)
	}
	return b.Bytes(), nil
}

// policy forbids the page everything but its own style and its own script, so that a
// text of a report that slipped through could neither run nor call anybody.
func policy(script []byte) string {
	sum := sha256.Sum256(script)
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
