package labs

import (
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// Prepare is the first call of a program that opens labs. When the netns lab is
// wanted and the process lacks the privileges, it runs the program again in a
// user namespace of its own and does not return. The kind lab, which an ordinary
// user cannot have, says so itself.
//
// Where no user namespace can be had it returns nil: the netns lab then says so
// itself, and other labs are not held up.
func Prepare() error {
	root, err := config.Root(".")
	if err != nil {
		return err
	}
	s, err := config.Load(config.Environment(), root, time.Now())
	if err != nil {
		return err
	}
	if !s.Has(lab.Netns) {
		return nil
	}
	if err := netns.ReexecInUserNamespace(); err != nil && !errors.Is(err, netns.ErrNotCapable) {
		return fmt.Errorf("prepare labs: %w", err)
	}
	return nil
}
