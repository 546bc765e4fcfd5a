package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/soak"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/internal/sheet"
)

// File is the page's name beside the report.
const File = "report.html"

//go:embed assets
var assets embed.FS

// document is everything that the page shows.
type document struct {
	Sheet sheet.Sheet
	storm.Report
	Kinds    []faultView
	Axis     axis
	Traces   []traceView
	Measures []measureView
	Rule     string
	Sorts    []chaos.Sort
}

// Render renders the report. Equal reports are equal pages.
func Render(r storm.Report) ([]byte, error) {
	t, frame, err := sheet.Open(assets, "assets", functions())
	if err != nil {
		return nil, fmt.Errorf("render chaos page: %w", err)
	}
	d := document{Report: r, Rule: soak.Rule, Sorts: chaos.Sorts(), Measures: measuresOf(r.Soak)}
	d.Kinds, d.Axis = faultsOf(r)
	d.Traces = tracesOf(r)
	links := []sheet.Link{{To: "summary", Text: "Summary"}, {To: "faults", Text: "Faults"}, {To: "distributions", Text: "Distributions"}}
	if len(d.Traces) > 0 {
		links = append(links, sheet.Link{To: "schedules", Text: "Schedules"})
	}
	if len(r.Soak.Points) > 0 {
		links = append(links, sheet.Link{To: "soak", Text: "Soak"})
	}
	d.Sheet = frame.Titled(fmt.Sprintf("chaos %s · vpcgate %s", r.Result, r.Run), links...)
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", d); err != nil {
		return nil, fmt.Errorf("render chaos page: %w", err)
	}
	return b.Bytes(), nil
}

// Write renders the report into a folder.
func Write(folder string, r storm.Report) error {
	text, err := Render(r)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, File), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write chaos page: %w", err)
	}
	return nil
}

func functions() template.FuncMap {
	return template.FuncMap{"class": class, "sign": sign, "moment": moment, "short": short, "amount": amount}
}

// class is the colour of a result, sign its mark for those who do not tell colours apart.
func class(r chaos.Result) string {
	switch r {
	case chaos.Valid:
		return "success"
	case chaos.Unknown:
		return "partial"
	default:
		return "failure"
	}
}

func sign(r chaos.Result) string {
	switch r {
	case chaos.Valid:
		return "✓"
	case chaos.Unknown:
		return "?"
	default:
		return "✗"
	}
}
