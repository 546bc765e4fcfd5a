// Package compare says what became of one run's results in another: what fails
// newly, what passes newly, what fails for another cause, whom servers see
// instead, what takes effect later, what no longer ran, what is new, and what
// changed around the runs. Everything is computed from two reports; nothing is
// read and nothing is run.
//
// It does not judge a run, which package record does: a failure that both runs
// share is not a regression. Only the command line and who renders reports
// import it.
//
//	c, err := compare.Runs(before, after, compare.Options{})
//	fmt.Print(c.Text())
//	if c.Outcome == compare.Regression { ... }
package compare
