package topology

import "slices"

// What a whitelist takes. Sources: DCS API reference, "Querying an IP Address
// Whitelist" (whitelist_ip_limit_num) and "Configuring IP Address Whitelist"; RDS
// "Enabling or Disabling Access Control".
const (
	maxWhitelist      = 20
	maxProxyWhitelist = 300
	maxGroups         = 4
	minGroupName      = 4
	maxGroupName      = 64
)

// CheckWhitelist says what the platform refuses about a host's whitelist, all of
// it at once; nil when nothing.
func (w *World) CheckWhitelist(h Host) error {
	p := &problems{world: w}
	p.whitelist("host "+h.Name, h)
	return p.join()
}

// whitelist checks the access control of a host. A host of the user's own, and a
// service behind a VPC endpoint, has that of the endpoint, as long as a DCS list.
//
// Source: VPCEP user guide, "Access Control".
func (p *problems) whitelist(place string, h Host) {
	if h.Whitelist == nil {
		return
	}
	limit := maxWhitelist
	switch {
	case h.Managed == nil:
		if h.Whitelist.Refusal == ApplicationRefusal {
			p.add(place, "a whitelist in front of a host of the user's own has no application that could say no")
		}
	case h.Managed.Kind == DCSRedis:
		p.cacheList(place, h)
	case h.Managed.Kind == RDSProxy:
		limit = maxProxyWhitelist
		if len(h.Whitelist.Groups) > 1 {
			p.forbidden(WhitelistOneList, place, "a database proxy has one list, of allowed or of blocked addresses, and not %d", len(h.Whitelist.Groups))
		}
	case !p.behindEndpoint(h):
		p.forbidden(NoWhitelist, place, "%s has no whitelist; its security groups guard it", h.Managed)
		return
	}
	p.groups(place, h)
	p.entries(place, h, limit)
	switch h.Whitelist.Refusal {
	case SilentRefusal, ResetRefusal, ApplicationRefusal:
	default:
		p.add(place, "unknown refusal %q; it is empty, reset or application-error", h.Whitelist.Refusal)
	}
}

// cacheList checks what only the list of a DCS instance is asked.
func (p *problems) cacheList(place string, h Host) {
	l := h.Whitelist
	if h.Guarded() {
		p.forbidden(NoWhitelist, place, "%s has no whitelist; its security groups guard it", h.Managed)
	}
	if l.Block {
		p.forbidden(WhitelistOneList, place, "the whitelist of a DCS instance admits; it cannot block")
	}
	if n := len(l.Groups); n > maxGroups {
		p.forbidden(WhitelistGroups, place, "the whitelist has %d groups; at most %d are allowed", n, maxGroups)
	}
	for _, g := range l.Groups {
		if n := len(g.Name); n < minGroupName || n > maxGroupName || !beginsWithLetter(g.Name) {
			p.forbidden(WhitelistGroupNames, place, "whitelist group %q: a name has %d to %d characters and begins with a letter", g.Name, minGroupName, maxGroupName)
		}
	}
}

// groups checks what the parts of a managed service's list have in common.
func (p *problems) groups(place string, h Host) {
	if h.Managed == nil {
		return
	}
	groups := h.Whitelist.Groups
	for i, g := range groups {
		if len(g.Entries) == 0 {
			p.add(place, "whitelist group %s has no entry", g.Name)
		}
		if slices.ContainsFunc(groups[:i], func(o WhitelistGroup) bool { return o.Name == g.Name }) {
			p.add(place, "whitelist group %s is there twice", g.Name)
		}
	}
}

func (p *problems) entries(place string, h Host, limit int) {
	entries := h.Whitelist.Entries()
	if n := len(entries); n > limit {
		p.forbidden(WhitelistEntries, place, "the whitelist has %d entries; at most %d are allowed", n, limit)
	}
	for _, e := range entries {
		if p.cidr(place, "whitelist entry", e) && e.Addr().IsUnspecified() {
			p.forbidden(WhitelistEverybody, place, "whitelist entry %s is not accepted", e)
		}
	}
}

// behindEndpoint reports whether a VPC endpoint leads to the host.
func (p *problems) behindEndpoint(h Host) bool {
	return slices.ContainsFunc(p.world.Translators, func(t Translator) bool { return t.Kind == VPCEndpoint && t.Target == h.Name })
}

func beginsWithLetter(name string) bool {
	return name != "" && (name[0] >= 'a' && name[0] <= 'z' || name[0] >= 'A' && name[0] <= 'Z')
}
