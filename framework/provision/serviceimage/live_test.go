//go:build kind

package serviceimage_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/progress"
	"github.com/vpcgate/vpcgate/framework/provision/serviceimage"
)

// maxSize is what an image may take.
const maxSize = 400e6

// Every image is made, small enough, and found again.
func TestEnsure(t *testing.T) {
	for _, s := range serviceimage.Services() {
		image, err := serviceimage.Ensure(t.Context(), s, serviceimage.Options{CacheDir: t.TempDir(), Progress: func(p progress.Step) { t.Log(p) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d MB, built in %s", image.Ref, image.Size/1e6, image.BuiltIn)
		if image.Size > maxSize {
			t.Errorf("%s takes %d MB", image.Ref, image.Size/1e6)
		}
		again, ok := serviceimage.Find(t.Context(), s)
		if !ok || again.Ref != image.Ref {
			t.Errorf("found %s, %t", again.Ref, ok)
		}
	}
}
