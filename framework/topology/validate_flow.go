package topology

import "slices"

// ValidateFlow checks that a flow can be asked in a world, and returns all
// problems at once.
func (w World) ValidateFlow(f Flow) error {
	p := &problems{world: &w}
	place := at("flow", f.String())
	ends := w.Endpoints()
	i := slices.IndexFunc(ends, func(e Endpoint) bool { return e.Name == f.From })
	if i < 0 {
		p.add(place, "unknown host, node or pod %q to ask from", f.From)
	}
	to, found := w.Endpoint(f.To)
	if !found {
		p.add(place, "unknown host, node, pod or name %q to ask for", f.To)
	}
	if i >= 0 && found && f.From == to.Name && f.Protocol != DNSQuery {
		p.add(place, "both ends are %s", f.From)
	}
	if found && f.Protocol != DNSQuery && !to.Address.IsValid() {
		p.add(place, "%s is pending and has no address to be asked at", to.Name)
	}
	p.speaks(place, f)
	p.uses(place, f)
	if f.Protocol == DNSQuery && i >= 0 {
		p.question(place, f, ends[i])
	}
	return p.join()
}

// speaks checks a flow's protocol and what only some protocols have.
func (p *problems) speaks(place string, f Flow) {
	switch f.Protocol {
	case ICMP, DNSQuery:
		if f.Port != 0 {
			p.add(place, "%s has no port %d", f.Protocol, f.Port)
		}
	case TCP, UDP:
		if p.world.Target(f).Port == 0 {
			p.add(place, "%s needs a port", f.Protocol)
		}
	default:
		p.add(place, "unknown protocol %q; a flow speaks tcp, udp, icmp or dns", f.Protocol)
	}
	if f.Live && f.Protocol != TCP {
		p.add(place, "only a tcp flow is an established connection")
	}
	switch {
	case f.Bytes < 0:
		p.add(place, "%d is no number of bytes", f.Bytes)
	case f.Bytes > 0 && f.Protocol != TCP:
		p.add(place, "only a tcp flow carries bytes")
	}
}

// uses checks what is done with a service, and that an instance of a managed
// service is used in its protocol: it greets nobody. It asks nothing itself.
func (p *problems) uses(place string, f Flow) {
	if h, known := p.world.Host(f.From); known && h.Managed != nil {
		p.add(place, "%s is an instance of a managed service, which asks nothing", f.From)
	}
	if f.Use == "" {
		server, managed := p.world.ServerOf(f)
		if port := p.world.Target(f).Port; managed && f.Protocol == TCP && server.Managed.Listens(port) {
			p.add(place, "%s serves %s on port %d; a flow has to use it", server.Name, server.Managed.Kind.Use(), port)
		}
		return
	}
	switch {
	case !slices.Contains(Uses(), f.Use):
		p.add(place, "unknown use %q; it is redis, mysql, kafka, amqp or https", f.Use)
	case f.Protocol != TCP:
		p.add(place, "only a tcp flow is used")
	case f.Live || f.Bytes != 0:
		p.add(place, "a flow that is used is neither established before nor carries bytes of its own")
	}
}

// question checks what a question to the DNS needs.
func (p *problems) question(place string, f Flow, from Endpoint) {
	if _, known := p.world.NameRecord(f.To); !known {
		p.add(place, "%s is no name record to ask the DNS for", f.To)
	}
	switch {
	case from.Cluster == nil:
		p.add(place, "%s is in no cluster and has no DNS to ask", f.From)
	case from.Cluster.DNS == nil:
		p.add(place, "cluster %s has no DNS", from.Cluster.Name)
	}
}
