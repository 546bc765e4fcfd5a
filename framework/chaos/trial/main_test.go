package trial_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
