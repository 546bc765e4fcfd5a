package selfcheck_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/labs"
)

// settings are those of the environment.
var settings config.Settings

// TestMain gives an ordinary user a user namespace, which the netns lab needs.
func TestMain(m *testing.M) {
	err := labs.Prepare()
	if err == nil {
		settings, err = config.Load(config.Environment(), ".", time.Now())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestSelfcheck(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "selfcheck")
}
