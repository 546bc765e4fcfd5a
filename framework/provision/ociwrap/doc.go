// Package ociwrap lets an engine run privileged containers on a host that
// itself lacks capabilities, as some CI sandboxes do. The engine asks its
// runtime for every capability there is, and the runtime fails at the first one
// that it may not hand on. Asked through this package, it is told only of those
// that the host has.
//
// It only takes away; it can grant nothing. It is used by the command
// vpcgate-runc, which an engine runs in place of runc, and by package engine,
// which registers that command. It imports the standard library only.
//
//	bounding, err := ociwrap.Bounding()
//	if err != nil {
//		return err
//	}
//	err = ociwrap.Prepare(os.Args[1:], ociwrap.Missing(bounding, last))
package ociwrap
