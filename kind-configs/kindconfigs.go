package kindconfigs

import (
	"embed"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
)

//go:embed tunnel.yaml routed.yaml
var files embed.FS

// Read returns the base configuration of a mode as YAML.
func Read(m topology.Mode) ([]byte, error) {
	text, err := files.ReadFile(string(m) + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read kind configuration of mode %q: %w", m, err)
	}
	return text, nil
}
