// Package conformance_test runs the catalogue on every lab: on paper, in bare
// namespaces, on real clusters. See framework/specs for how.
package conformance_test

import (
	"fmt"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// TestMain gives an ordinary user a user namespace when the netns lab needs one.
func TestMain(m *testing.M) {
	if err := labs.Prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	documentation, err := claims.Documentation()
	if err != nil {
		t.Fatal(err)
	}
	suite, reporter := specs.Build(t, specs.Suite{
		Name: "conformance", Catalogue: scenarios.Catalogue(), Documentation: documentation, Labs: labs.All(),
	})
	RunSpecs(t, "conformance", suite, reporter)
}
