// Package preflight says what this host can and cannot do for vpcgate, and what
// to do about each gap: what is missing, why it is needed, how to get it, and
// where that is written down.
//
// Facts are collected by thin functions and evaluated by pure ones. Nothing is
// ever installed, started or changed: what a run prepares by itself is package
// provision's. The command line and the set-up of suites import it.
//
//	report := preflight.Doctor(ctx, preflight.Options{})
//	fmt.Print(report.Text())
//	if !report.Can(preflight.Kind) {
//		os.Exit(1)
//	}
package preflight
