package page

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/internal/sheet"
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
	t, frame, err := sheet.Open(assets, "assets", functions())
	if err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	d := newDocument(r, scenarios)
	d.Sheet = frame.Titled(fmt.Sprintf("%s · vpcgate %s", word(r.Run.Outcome), r.Run.ID), d.sections()...)
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", d); err != nil {
		return nil, fmt.Errorf("render page of run %s: %w", r.Run.ID, err)
	}
	return b.Bytes(), nil
}

// sections are what the page's head leads to.
func (d *document) sections() []sheet.Link {
	all := []sheet.Link{{To: "summary", Text: "Summary"}}
	for _, l := range []struct {
		there bool
		link  sheet.Link
	}{
		{len(d.Failures) > 0, sheet.Link{To: "failures", Text: "Failures"}},
		{true, sheet.Link{To: "matrix", Text: "Catalogue"}},
		{len(d.Charts) > 0, sheet.Link{To: "charts", Text: "Charts"}},
		{len(d.Claims) > 0, sheet.Link{To: "claims", Text: "Claims"}},
		{len(d.Diagnoses) > 0, sheet.Link{To: "diagnosis", Text: "Diagnosis"}},
		{d.Mutation != nil, sheet.Link{To: "mutation", Text: "Mutation"}},
	} {
		if l.there {
			all = append(all, l.link)
		}
	}
	return all
}
