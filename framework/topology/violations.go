package topology

import "errors"

// Violations lists the documented rules that a validation error, or the error of
// a refused change, says are violated, one for each Problem with a Rule, in the
// order of validation. It is empty for any other error, and for nil.
func Violations(err error) []RuleID {
	var all []RuleID
	for _, p := range Problems(err) {
		if p.Rule != "" {
			all = append(all, p.Rule)
		}
	}
	return all
}

// Problems lists the problems that an error consists of, in order.
func Problems(err error) []Problem {
	switch e := err.(type) { //nolint:errorlint // The tree is walked here, node by node.
	case nil:
		return nil
	case Problem:
		return []Problem{e}
	case interface{ Unwrap() []error }:
		var all []Problem
		for _, part := range e.Unwrap() {
			all = append(all, Problems(part)...)
		}
		return all
	default:
		return Problems(errors.Unwrap(err))
	}
}
