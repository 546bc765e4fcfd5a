package netnslab

import (
	"errors"
	"fmt"
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

// Restart makes the router of a VPC forget every connection, as one does that is
// started anew. It returns how many it knew.
func (l *Lab) Restart(router string) (int, error) {
	ns, ok := l.spaces["router-"+router]
	if !ok {
		return 0, fmt.Errorf("restart router %s: there is none", router)
	}
	n, err := link.FlushConntrack(ns, link.EveryFlow)
	if err != nil {
		return n, fmt.Errorf("restart router %s: %w", router, err)
	}
	return n, nil
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
