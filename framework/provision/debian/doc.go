// Package debian installs packages on the host where that is possible: on
// Debian and its kin, as root. Everything the host may lack for building and
// running is a Debian package, so this is the only installer vpcgate has.
//
// It installs nothing by itself and removes nothing. The packages below
// provision and preflight may import it.
//
//	if err := debian.Install(ctx, "mmdebstrap"); err != nil {
//		return err
//	}
package debian
