package provision

import (
	"errors"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/provision/hostimage"
	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/provision/place"
	"github.com/vpcgate/vpcgate/framework/provision/serviceimage"
)

// SweepBuilds removes what interrupted builds of images left in a cache, and returns
// what it removed. What a living process builds stays, and so does what was built. An
// empty cacheDir means place.Cache.
func SweepBuilds(cacheDir string) ([]string, error) {
	if cacheDir == "" {
		var err error
		if cacheDir, err = place.Cache(); err != nil {
			return nil, fmt.Errorf("sweep builds: %w", err)
		}
	}
	var removed []string
	var problems []error
	for _, sweep := range []func(string) ([]string, error){hostimage.Sweep, serviceimage.Sweep, nodeimage.Sweep} {
		gone, err := sweep(cacheDir)
		removed, problems = append(removed, gone...), append(problems, err)
	}
	return removed, errors.Join(problems...)
}
