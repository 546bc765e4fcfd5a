// Package hybrid holds the scenarios of the family "hybrid": containers and data
// centres behind a VPN, and VPCs whose blocks overlap, which translators join. They
// are values, one a file; the catalogue lists them, a runner runs them, and only
// those two import them.
//
//	s := hybrid.HYB001
package hybrid
