// Package managed holds the scenarios of the family "managed-service": managed services
// that let in whom their whitelist or security group names, used by real clients
// in their own protocols. They are values, one a file; the catalogue lists them, a
// runner runs them, and only those two import them.
//
//	s := managed.SVC001
package managed
