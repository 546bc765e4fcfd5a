package topology

import (
	"fmt"
	"strings"
)

func (d *drawing) hostNote(h Host) string {
	var parts []string
	if h.Managed != nil {
		parts = append(parts, d.managedNote(h))
	}
	if p := ports(h.Listeners); p != "" {
		parts = append(parts, p)
	}
	return marked(strings.Join(parts, ", "),
		mark{h.StrictReversePath, "strict rp_filter"},
		mark{h.IgnoreLinkDown, "idle bridges off"})
}

// managedNote says what an instance is, what guards it, and what its clients have
// to know: "dcs-redis 3.0 on 6379, guarded by its groups".
func (d *drawing) managedNote(h Host) string {
	m := h.Managed
	note := m.String()
	if m.Layout != "" {
		note += " " + string(m.Layout)
	}
	if m.Instance != "" {
		note += " broker of " + m.Instance
	}
	if port := m.Kind.Port(); port != 0 {
		note += fmt.Sprintf(" on %d", port)
	}
	if m.Endpoint != "" {
		address := ""
		if t, known := d.world.Translator(m.Endpoint); known {
			address = " " + addressText(t.NIC.Address)
		}
		note += fmt.Sprintf(", by %s%s:%d", m.Endpoint, address, KafkaEndpointPort)
	}
	return marked(note,
		mark{m.Stopped, "stopped"},
		mark{!h.Guarded(), "no groups apply"},
		mark{m.Accepts() != AppPassword, "another password"})
}

// whitelistNote says whom a list admits or keeps out, and how it says no.
func whitelistNote(l Whitelist) string {
	switch {
	case !l.Enabled:
		return "disabled"
	case !l.InForce():
		return "enabled without a group"
	}
	note := "admits "
	if l.Block {
		note = "keeps out "
	}
	texts := make([]string, len(l.Groups))
	for i, g := range l.Groups {
		texts[i] = orNothing(join(g.Entries))
		if len(l.Groups) > 1 {
			texts[i] += fmt.Sprintf(" (%s)", g.Name)
		}
	}
	note += strings.Join(texts, ", ")
	switch l.Refusal {
	case ResetRefusal:
		note += ", resets the rest"
	case ApplicationRefusal:
		note += ", says no to the rest itself"
	case SilentRefusal:
	}
	if l.Block {
		note = strings.Replace(note, "the rest", "them", 1)
	}
	return note
}
