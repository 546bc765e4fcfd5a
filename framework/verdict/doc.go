// Package verdict is the typed answer to a flow: what happened, where, by which
// rule, and the evidence for it. It is pure; labs produce verdicts, scenarios
// expect them, reports print them.
//
// It holds no booleans on purpose: in a cloud some nine different faults look
// the same to a client, so "it failed" is not an answer. The zero Verdict is
// invalid, and Inconclusive satisfies no expectation.
//
//	want := verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))
//	if !want.SatisfiedBy(got) { ... }
package verdict
