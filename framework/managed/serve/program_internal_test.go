package serve

import (
	"strings"
	"testing"
)

// A suite is a test's binary, and its report must say by what version it was served.
func TestModuleVersion(t *testing.T) {
	for _, path := range []string{"github.com/twmb/franz-go/pkg/kfake", "github.com/alicebob/miniredis/v2"} {
		if v := moduleVersion(path); !strings.HasPrefix(v, "v") {
			t.Errorf("%s is %q", path, v)
		}
	}
	if v := moduleVersion("example.org/none"); v != "unknown" {
		t.Errorf("none is %q", v)
	}
}
