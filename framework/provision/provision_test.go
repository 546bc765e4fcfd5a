package provision_test

import (
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision"
)

// TestPrepare_real makes everything ready for real.
func TestPrepare_real(t *testing.T) {
	if os.Getenv("VPCGATE_TEST_PROVISION") == "" {
		t.Skip("set VPCGATE_TEST_PROVISION to make engine and images ready for real")
	}
	options := provision.Options{K8sVersion: os.Getenv("K8S_VERSION")}
	ready, err := provision.Prepare(t.Context(), options, func(s provision.Step) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", ready)
}
