// Package labs opens labs by the settings of a run: the one place where the
// three adapters, what they need made ready, and the settings meet.
//
// It decides nothing about scenarios and asserts nothing. The conformance suite
// and the command line import it; the adapters do not know it.
//
//	specs.Build(t, specs.Suite{Name: "conformance", Catalogue: scenarios.Catalogue(), Labs: labs.All()})
package labs
