package agentimage

import (
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestWriteImage_startsTheAgent(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := writeImage(file, "vpcgate.dev/agent:k", []byte("agent")); err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("vpcgate.dev/agent:k")
	if err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(file, &tag)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Config.Entrypoint) != 1 || config.Config.Entrypoint[0] != Path || config.OS != "linux" {
		t.Errorf("got %+v", config)
	}
	if len(config.RootFS.DiffIDs) != 1 {
		t.Errorf("got %d layers, want 1", len(config.RootFS.DiffIDs))
	}
}
