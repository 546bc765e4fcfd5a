// Package securitygroup holds the scenarios of the family "security-group": what
// the security group of a peer in the same VPC lets through, and whose address
// it judges. They are values, one a file; the catalogue lists them, a runner
// runs them, and only those two import them.
//
//	s := securitygroup.SG001
package securitygroup
