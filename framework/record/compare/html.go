package compare

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed compare.html
var page string

// HTML is the comparison as one file that needs nothing else: no network, no
// scripts, light and dark.
func (c Comparison) HTML() ([]byte, error) {
	t, err := template.New("compare").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("render comparison: %w", err)
	}
	type section struct {
		Title  string
		Weight string
		All    []Finding
	}
	var sections []section
	for _, k := range Kinds() {
		if all := c.Of(k); len(all) > 0 {
			sections = append(sections, section{upperFirst(k.Title()), c.weight(all), all})
		}
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"C": c, "Sections": sections, "OldGit": gitText(c.Old.Git), "NewGit": gitText(c.New.Git)})
	if err != nil {
		return nil, fmt.Errorf("render comparison: %w", err)
	}
	return b.Bytes(), nil
}
