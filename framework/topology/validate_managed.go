package topology

import (
	"regexp"
	"slices"
	"strings"
)

// versionForm is what a version looks like, such as 3.0 or 8.
var versionForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// cacheVersions are those of DCS. Source: DCS user guide, "Redis Versions".
func cacheVersions() []string { return []string{"3.0", "4.0", "5.0", "6.0", "7.0"} }

// managed checks what makes a host an instance. space holds the names of machines,
// taken the ports of the host.
func (p *problems) managed(place string, h Host, space names, taken map[Listener]string) {
	m := h.Managed
	if m == nil {
		return
	}
	if !slices.Contains(ManagedKinds(), m.Kind) {
		p.add(place, "unknown kind %q of managed service; it is %s", m.Kind, kindList())
		return
	}
	for _, port := range m.Ports() {
		p.listeners(place, []Listener{{Protocol: TCP, Port: port}}, taken)
	}
	p.version(place, *m)
	switch {
	case m.Layout != "" && m.Layout != ClusterLayout:
		p.add(place, "unknown layout %q; it is empty or cluster", m.Layout)
	case m.Layout != "" && m.Kind != DCSRedis:
		p.add(place, "%s has no layout %s; only %s has", m.Kind, m.Layout, DCSRedis)
	}
	// Nothing is idle in a pool that serves.
	if m.Kind == ModelArts && h.IgnoreLinkDown {
		p.add(place, "the networks of a %s pool are never idle", ModelArts)
	}
	if m.Stopped && m.Kind == DMSKafka {
		p.add(place, "a broker is not stopped by itself; the others would lead its partitions")
	}
	p.broker(place, h, space)
}

func (p *problems) version(place string, m Managed) {
	switch {
	case m.Version == "":
	case m.Kind == DCSRedis && !slices.Contains(cacheVersions(), m.Version):
		p.add(place, "unknown version %q of %s; it is %s", m.Version, m.Kind, strings.Join(cacheVersions(), ", "))
	case !versionForm.MatchString(m.Version):
		p.add(place, "version %q of %s is none; one is such as 3.0", m.Version, m.Kind)
	}
}

// broker checks what brokers of one instance must have in common.
func (p *problems) broker(place string, h Host, space names) {
	m := h.Managed
	if m.Kind != DMSKafka {
		if m.Instance != "" || m.Endpoint != "" {
			p.add(place, "only brokers of %s have an instance or an endpoint", DMSKafka)
		}
		return
	}
	if m.Endpoint != "" {
		t, known := p.world.Translator(m.Endpoint)
		switch {
		case !known:
			p.add(place, "unknown VPC endpoint %q", m.Endpoint)
		case t.Kind != VPCEndpoint || t.Target != h.Name:
			p.add(place, "%s is no VPC endpoint for it", m.Endpoint)
		}
	}
	first := p.world.Brokers(h.Name)[0]
	switch {
	case m.Instance == "":
	case first.Name == h.Name:
		p.claim(space, place+" instance", m.Instance)
	default:
		p.alike(place, h, first)
	}
}

// alike checks a broker against the first one of its instance.
func (p *problems) alike(place string, h, first Host) {
	m, f := h.Managed, first.Managed
	if f.Kind != m.Kind {
		return // said of the first one
	}
	if m.Version != f.Version {
		p.add(place, "version %q differs from %q of broker %s of the same instance", m.Version, f.Version, first.Name)
	}
	if m.Password != f.Password {
		p.add(place, "the password differs from that of broker %s of the same instance", first.Name)
	}
	if (m.Endpoint == "") != (f.Endpoint == "") {
		p.add(place, "all brokers of an instance have an endpoint or none has, unlike %s", first.Name)
	}
	here, _, placed := p.world.SubnetOf(h.NIC.Subnet)
	there, _, found := p.world.SubnetOf(first.NIC.Subnet)
	if placed && found && here.Name != there.Name {
		p.add(place, "the broker is in %s, broker %s of the same instance in %s", here.Name, first.Name, there.Name)
	}
}

func kindList() string {
	var texts []string
	for _, k := range ManagedKinds() {
		texts = append(texts, string(k))
	}
	return strings.Join(texts, ", ")
}

// String prints the instance as reports show it: "dcs-redis 3.0".
func (m *Managed) String() string {
	if m.Version == "" {
		return string(m.Kind)
	}
	return string(m.Kind) + " " + m.Version
}
