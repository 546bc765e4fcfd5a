package engine_test

import (
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// TestEnsure_real finds an engine or brings one up for real.
func TestEnsure_real(t *testing.T) {
	if os.Getenv("VPCGATE_TEST_ENGINE") == "" {
		t.Skip("set VPCGATE_TEST_ENGINE to find or start an engine for real")
	}
	found, err := engine.Ensure(t.Context(), engine.Options{Progress: func(s progress.Step) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", found)
}
