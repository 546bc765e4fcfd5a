// Package chaos_test lets faults come and go under live traffic: each kind in each mode on each lab to which it can happen, and each
// schedule that once showed something. See framework/chaos/trial for how.
package chaos_test

import (
	"fmt"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/specs"
)

// TestMain gives an ordinary user a user namespace when the netns lab needs one.
func TestMain(m *testing.M) {
	if err := labs.Prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestChaos(t *testing.T) {
	trials, err := labs.Trials(stages.All())
	if err != nil {
		t.Fatal(err)
	}
	suite, reporter := specs.Build(t, specs.Suite{Name: "chaos", Catalogue: trials.Catalogue(), Trials: trials, Labs: labs.All()})
	RunSpecs(t, "chaos", suite, reporter)
}
