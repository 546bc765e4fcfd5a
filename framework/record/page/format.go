package page

import (
	"fmt"
	"html/template"
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/sheet"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func functions() template.FuncMap {
	return template.FuncMap{
		"mark": mark, "word": word, "bytes": bytesOf, "percent": percent,
		"standing": standing, "finding": findingAnchor, "claim": claimAnchor,
		"phases": phases,
	}
}

// phases lists the phases that a timeline shows, in their order.
func phases() []record.Phase {
	return []record.Phase{
		record.Preflight, record.Adopt, record.Baseline, record.Break, record.Symptom, record.Cause, record.Decoy, record.Stage, record.Remedy,
		record.Outage, record.Undo, record.Close,
	}
}

// span prints seconds with the precision that a reader needs.
func span(seconds float64) string { return sheet.Span(seconds) }

// mark is an outcome as one sign, for those who do not tell colours apart.
func mark(o record.Outcome) string {
	switch o {
	case record.Success:
		return "✓"
	case record.NotRun:
		return "–"
	case record.Partial:
		return "◐"
	default:
		return "✗"
	}
}

// word is an outcome in words.
func word(o record.Outcome) string {
	if o == record.NotRun {
		return "not run"
	}
	return string(o)
}

func bytesOf(n uint64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// anchor is what links to a scenario, a mode of it, or that on one lab end with.
func anchor(id string, m topology.Mode, l lab.Name) string {
	text := id
	if m != "" {
		text += "-" + string(m)
	}
	if l != "" {
		text += "-" + string(l)
	}
	return text
}

func endOf(name string, a netip.Addr) string {
	if !a.IsValid() {
		return name
	}
	return name + " " + a.String()
}

// flowText is a flow with the addresses that it was asked with.
func flowText(o verdict.Observation) string {
	bare := o.Flow
	text := strings.TrimSpace(strings.TrimPrefix(bare.String(), bare.From+" → "+bare.To))
	return fmt.Sprintf("%s → %s %s", endOf(o.Flow.From, o.From), endOf(o.Flow.To, o.To), text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
