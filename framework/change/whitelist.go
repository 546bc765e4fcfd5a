package change

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// SetWhitelist replaces the whole access control of a managed service, as its
// API does: what the new list leaves out is listed no more. How the service says
// no stays as it is unless the new list says how.
//
// Source: DCS API reference, "Configuring IP Address Whitelist".
type SetWhitelist struct {
	Host      string
	Whitelist topology.Whitelist
}

// Apply implements Change. The platform refuses a list that is too long or admits
// everybody, and any list of a service that has none.
func (c SetWhitelist) Apply(w *topology.World) error {
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		style := l.Refusal
		*l = c.Whitelist.Clone()
		if l.Refusal == "" {
			l.Refusal = style
		}
		return nil
	})
}

// String implements Change.
func (c SetWhitelist) String() string {
	switch {
	case !c.Whitelist.Enabled:
		return "disable the whitelist of " + c.Host
	case c.Whitelist.Block:
		return fmt.Sprintf("set the blocklist of %s to %s", c.Host, blockList(c.Whitelist.Entries()))
	default:
		return fmt.Sprintf("set the whitelist of %s to %s", c.Host, blockList(c.Whitelist.Entries()))
	}
}

// AddWhitelistGroup adds a group to a whitelist and enables it at once, so that
// from then on nobody is admitted who is not listed.
//
// Source: DCS "Managing IP Address Whitelist".
type AddWhitelistGroup struct {
	Host  string
	Group topology.WhitelistGroup
}

// Apply implements Change.
func (c AddWhitelistGroup) Apply(w *topology.World) error {
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		if groupIndex(l, c.Group.Name) >= 0 {
			return fmt.Errorf("the whitelist of %s has a group %q already", c.Host, c.Group.Name)
		}
		g := c.Group
		g.Entries = slices.Clone(g.Entries)
		l.Groups, l.Enabled = append(l.Groups, g), true
		return nil
	})
}

// String implements Change.
func (c AddWhitelistGroup) String() string {
	return fmt.Sprintf("add group %s with %s to the whitelist of %s", c.Group.Name, blockList(c.Group.Entries), c.Host)
}

// RemoveWhitelistGroup removes a group of a whitelist. A list without groups
// decides about nobody.
type RemoveWhitelistGroup struct{ Host, Group string }

// Apply implements Change.
func (c RemoveWhitelistGroup) Apply(w *topology.World) error {
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		i := groupIndex(l, c.Group)
		if i < 0 {
			return fmt.Errorf("the whitelist of %s has no group %q", c.Host, c.Group)
		}
		l.Groups = slices.Delete(l.Groups, i, i+1)
		return nil
	})
}

// String implements Change.
func (c RemoveWhitelistGroup) String() string {
	return fmt.Sprintf("remove group %s from the whitelist of %s", c.Group, c.Host)
}

// EnableWhitelist turns a whitelist on, with the groups that it has.
type EnableWhitelist struct{ Host string }

// Apply implements Change.
func (c EnableWhitelist) Apply(w *topology.World) error {
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		l.Enabled = true
		return nil
	})
}

// String implements Change.
func (c EnableWhitelist) String() string { return "enable the whitelist of " + c.Host }

// DisableWhitelist turns a whitelist off: everybody is admitted, and the groups are kept.
//
// Source: DCS "Managing IP Address Whitelist".
type DisableWhitelist struct{ Host string }

// Apply implements Change.
func (c DisableWhitelist) Apply(w *topology.World) error {
	if h, known := w.Host(c.Host); known && h.Whitelist == nil {
		return fmt.Errorf("host %s has no whitelist", c.Host)
	}
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		l.Enabled = false
		return nil
	})
}

// String implements Change.
func (c DisableWhitelist) String() string { return "switch off the whitelist of " + c.Host }

// SetRefusal says how a whitelist tells clients that it does not admit them. It is
// how a service is made, and not what its user can choose.
type SetRefusal struct {
	Host  string
	Style topology.RefusalStyle
}

// Apply implements Change.
func (c SetRefusal) Apply(w *topology.World) error {
	return onWhitelist(w, c.Host, func(l *topology.Whitelist) error {
		l.Refusal = c.Style
		return nil
	})
}

// String implements Change.
func (c SetRefusal) String() string {
	how := string(c.Style)
	if c.Style == topology.SilentRefusal {
		how = "silence"
	}
	return fmt.Sprintf("make the whitelist of %s refuse by %s", c.Host, how)
}

// SetPassword changes the password that an instance accepts; empty means that of
// its clients.
type SetPassword struct{ Host, Password string }

// Apply implements Change.
func (c SetPassword) Apply(w *topology.World) error {
	h, err := host(w, c.Host)
	if err != nil {
		return err
	}
	switch {
	case h.Managed == nil:
		return fmt.Errorf("host %s is no instance of a managed service", c.Host)
	case h.Managed.Kind == topology.DMSKafka:
		return fmt.Errorf("%s asks its clients for no password", c.Host)
	}
	h.Managed.Password = c.Password
	return nil
}

// String implements Change.
func (c SetPassword) String() string {
	if c.Password == "" || c.Password == topology.AppPassword {
		return fmt.Sprintf("set the password of %s to that of its clients", c.Host)
	}
	return "set another password of " + c.Host
}

// onWhitelist edits the list of a host, which may have none yet. It refuses what
// the platform refuses.
func onWhitelist(w *topology.World, name string, edit func(l *topology.Whitelist) error) error {
	h, err := host(w, name)
	if err != nil {
		return err
	}
	l := topology.Whitelist{}
	if h.Whitelist != nil {
		l = h.Whitelist.Clone()
	}
	if err := edit(&l); err != nil {
		return err
	}
	h.Whitelist = &l
	if err := w.CheckWhitelist(*h); len(topology.Violations(err)) > 0 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

func groupIndex(l *topology.Whitelist, name string) int {
	return slices.IndexFunc(l.Groups, func(g topology.WhitelistGroup) bool { return g.Name == name })
}
