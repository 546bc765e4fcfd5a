// Package sheet is the look that vpcgate's pages share: one style for light, dark, phone and paper, the script that folds, links and
// remembers the theme, the frame around a page, and the policy that lets nothing else run.
//
// It knows nothing of what a page shows. A page brings its own templates, and style and script for what it alone has.
//
//	t, s, err := sheet.Open(assets, "assets", functions())
//	t.ExecuteTemplate(out, "page", document{Sheet: s.Titled("title", links...)})
package sheet
