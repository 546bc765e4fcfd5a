package drawing

import (
	"fmt"
	"strings"
)

// colour is a variable of the style with what it is by default.
type colour struct{ name, light, dark string }

// colours are what a page may set, as "--vg-" and the name. Text has a contrast of at
// least 4.5 to what it stands on, in both themes.
func colours() []colour {
	return []colour{
		{"paper", "#ffffff", "#14181f"},
		{"ink", "#1b2430", "#e6eaf0"},
		{"muted", "#556273", "#a3afbf"},
		{"line", "#9aa7b8", "#566375"},
		{"network", "#f3f6fa", "#1b212b"},
		{"subnet", "#e6edf6", "#232c39"},
		{"machine", "#ffffff", "#2c3747"},
		{"pod", "#e8f4ec", "#21402f"},
		{"group", "#fbf0d9", "#4a3a17"},
		{"service", "#efe8fa", "#3b2f56"},
		{"way", "#0b5cad", "#79b8ff"},
		{"way-ink", "#ffffff", "#0c1a2b"},
		{"stop", "#b3261e", "#ff8f87"},
		{"stop-paper", "#fde8e6", "#4b1d1b"},
		{"good", "#1a6b38", "#7ee2a0"},
	}
}

// rules is the style with "$" before each colour.
const rules = `.vg { max-width: 100%; height: auto; }
.vg text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: $ink; stroke: none; white-space: pre; }
.vg text.name { font-weight: bold; }
.vg text.detail { fill: $muted; }
.vg text.changed { fill: $way; font-weight: bold; }
.vg text.stop { fill: $stop; font-weight: bold; }
.vg text.good { fill: $good; font-weight: bold; }
.vg rect { stroke: $line; fill: $paper; }
.vg rect.paper { stroke: none; }
.vg .network > rect { fill: $network; }
.vg .router > rect, .vg .subnet > rect { fill: $subnet; }
.vg .machine > rect, .vg .station > rect { fill: $machine; }
.vg .pod > rect { fill: $pod; }
.vg .bridge > rect, .vg .service > rect { fill: $service; }
.vg .connection > rect { fill: $paper; stroke-dasharray: 4 2; }
.vg .group > rect { fill: $group; }
.vg .leg > rect { fill: none; stroke: none; }
.vg .on > rect { stroke: $way; stroke-width: 2; }
.vg .number > rect { fill: $way; stroke: none; }
.vg .number > text { fill: $way-ink; font-weight: bold; }
.vg .stopped > rect { stroke: $stop; stroke-width: 2.5; fill: $stop-paper; }
.vg .number.stopped > rect { fill: $stop; stroke: none; }
.vg .number.stopped > text { fill: $stop-paper; }
.vg polyline { fill: none; stroke: $line; stroke-width: 1.5; }
.vg polyline.way { stroke: $way; stroke-width: 2; }
.vg polyline.inactive { stroke-dasharray: 3 3; }
`

// Stylesheet is the style of drawings that are embedded: a page has it once, before
// what it sets itself. It is dark where the reader prefers that or the page's root
// has data-theme="dark".
func Stylesheet() string {
	var b strings.Builder
	light, dark := declarations(func(c colour) string { return c.light }), declarations(func(c colour) string { return c.dark })
	fmt.Fprintf(&b, ":root { %s }\n", light)
	fmt.Fprintf(&b, "@media (prefers-color-scheme: dark) { :root { %s } }\n", dark)
	fmt.Fprintf(&b, ":root[data-theme=\"light\"] { %s }\n", light)
	fmt.Fprintf(&b, ":root[data-theme=\"dark\"] { %s }\n", dark)
	b.WriteString(coloured(func(c colour) string { return "var(--vg-" + c.name + ")" }))
	return b.String()
}

func declarations(of func(colour) string) string {
	all := make([]string, 0, len(colours()))
	for _, c := range colours() {
		all = append(all, fmt.Sprintf("--vg-%s: %s;", c.name, of(c)))
	}
	return strings.Join(all, " ")
}

// ownStyle is the style of a drawing that stands alone. It has no variables, which
// not every viewer knows.
func ownStyle() string {
	return coloured(func(c colour) string { return c.light }) +
		"@media (prefers-color-scheme: dark) {\n" + coloured(func(c colour) string { return c.dark }) + "}\n"
}

// coloured is the rules with each colour in its place, longer names first.
func coloured(of func(colour) string) string {
	text := rules
	for _, longer := range []bool{true, false} {
		for _, c := range colours() {
			if strings.Contains(c.name, "-") == longer {
				text = strings.ReplaceAll(text, "$"+c.name, of(c))
			}
		}
	}
	return text
}
