package nodeimage_test

import (
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// TestEnsure_real makes the image for real. It needs an engine and, without a
// warm cache, a quarter of an hour.
func TestEnsure_real(t *testing.T) {
	if os.Getenv("VPCGATE_TEST_NODE_IMAGE") == "" {
		t.Skip("set VPCGATE_TEST_NODE_IMAGE to make the node image for real")
	}
	image, err := nodeimage.Ensure(t.Context(), nodeimage.Options{
		K8sVersion: os.Getenv("K8S_VERSION"),
		Progress:   func(s progress.Step) { t.Log(s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", image)
}
