package topology

// Violations lists the documented rules that a validation error says are
// violated, one for each Problem with a Rule, in the order of validation. It is
// empty for any other error, and for nil.
func Violations(err error) []RuleID {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case nil:
		return nil
	case Problem:
		if e.Rule == "" {
			return nil
		}
		return []RuleID{e.Rule}
	case interface{ Unwrap() []error }:
		var all []RuleID
		for _, inner := range e.Unwrap() {
			all = append(all, Violations(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Violations(e.Unwrap())
	default:
		return nil
	}
}
