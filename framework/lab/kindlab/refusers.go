package kindlab

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// refuser says no in the name of an instance, on a host.
type refuser struct {
	*serve.Refuser
	at   netip.AddrPort
	use  topology.Use
	host *body
}

// syncRefusers makes those instances say no by themselves whose whitelist does so.
// The fabric leads those who are not listed to them.
func (l *Lab) syncRefusers(ctx context.Context, w topology.World) error {
	wanted := map[string]refuser{}
	for _, h := range w.Hosts {
		if h.Managed != nil && h.Whitelist.InForce() && h.Whitelist.Refusal == topology.ApplicationRefusal {
			wanted[h.Name] = refuser{
				at: netip.AddrPortFrom(h.NIC.Address, managed.RefusalPort), use: h.Managed.Kind.Use(),
				host: l.bodies.get(bodyKey(rolePeer, h.Name)),
			}
		}
	}
	s := l.services
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for name, r := range s.refusers {
		if is, ok := wanted[name]; !ok || is.at != r.at || is.use != r.use || is.host != r.host {
			errs = append(errs, r.Close())
			delete(s.refusers, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if _, there := s.refusers[name]; there {
			continue
		}
		is := wanted[name]
		var err error
		if is.Refuser, err = serve.Refuse(ctx, is.use, l.serveOptions(), name, is.at); err != nil {
			errs = append(errs, err)
			continue
		}
		s.refusers[name] = is
	}
	return errors.Join(errs...)
}
