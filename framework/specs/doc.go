// Package specs turns the catalogue into a Ginkgo suite: the only place outside
// suites where Ginkgo is known. It builds the tree (catalogue × modes × labs),
// opens and closes labs around scenarios, collects their results over all
// parallel processes, adds what was selected and did not run, writes the report
// and fails the suite unless the run's result is success.
//
// It judges nothing itself: the runner judges scenarios, package record judges
// runs. It knows labs through the functions in Labs only.
//
//	func TestConformance(t *testing.T) {
//		suite, reporter := specs.Build(t, specs.Suite{Name: "conformance", Catalogue: scenarios.Catalogue(), Labs: labs.All()})
//		RunSpecs(t, "conformance", suite, reporter)
//	}
package specs
