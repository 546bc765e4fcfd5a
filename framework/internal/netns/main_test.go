package netns_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// TestMain runs the tests as they are when root, and else in a user namespace;
// where that is impossible they fail, they are never skipped.
func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
