package netnslab

import (
	"errors"
	"maps"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// Trafficker is the agent of a host, node or pod, for traffic that goes on while
// the lab adopts other worlds.
func (l *Lab) Trafficker(endpoint string) (probe.Trafficker, bool) {
	a, ok := l.agents[endpoint]
	return a, ok
}

// ForgetConnections makes every router and machine forget every connection: what comes
// next has nothing to do with what was.
func (l *Lab) ForgetConnections() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(l.spaces)) {
		_, err := link.FlushConntrack(l.spaces[name], link.EveryFlow)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
