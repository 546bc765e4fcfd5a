// Package trial makes specs of chaos: one for each kind of faults in each mode, and one for each schedule that is kept, which a lab is
// taken through while traffic goes on, and which is judged by the oracle.
//
// A spec of chaos is a scenario of the family "chaos" with a trial in place of the runner's phases, so that labels, focus, reports and
// comparison are those of the catalogue. It asserts nothing; package specs does.
//
//	trials, err := trial.New(trial.Options{Stages: stages, Oracle: oracle, Kept: folder})
//	specs.Build(t, specs.Suite{Name: "chaos", Catalogue: trials.Catalogue(), Trials: trials, Labs: labs.All()})
package trial
