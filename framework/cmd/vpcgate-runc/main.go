// Command vpcgate-runc is runc for a host that lacks capabilities: it takes out
// of each container's configuration what the host could not hand on anyway, and
// becomes runc. Package engine builds it and registers it with the engine that
// vpcgate starts; nobody runs it by hand.
package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/provision/ociwrap"
)

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "vpcgate-runc: %v\n", err)
		os.Exit(1)
	}
}

// run prepares the configuration and becomes runc.
func run(args []string) error {
	missing, err := ociwrap.MissingHere()
	if err != nil {
		return err
	}
	if err := ociwrap.Prepare(args[1:], missing); err != nil {
		return err
	}
	runc, err := cmd.Find("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, args[1:]...), os.Environ())
}
