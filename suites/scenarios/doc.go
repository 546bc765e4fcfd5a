// Package scenarios is the catalogue: every scenario, listed explicitly in the
// order of ids, so that a missing line is a visible difference. It runs nothing.
//
// The suites, the command line and tests import it.
//
//	for _, s := range scenarios.Catalogue() {
//		fmt.Println(s.ID, s.Title)
//	}
package scenarios
