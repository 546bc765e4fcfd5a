package drawing

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Style says where a drawing's style is.
type Style int

const (
	// Embedded is a drawing in a page that has Stylesheet among its own styles.
	Embedded Style = iota
	// StandAlone is a drawing that is a file of its own and carries its style.
	StandAlone
)

// Extent says how much of a world is drawn.
type Extent int

const (
	// Whole draws networks and machines, then what the rules say; of a flow, those
	// that guard what it comes by.
	Whole Extent = iota
	// MapOnly leaves out the rules of security groups and network ACLs.
	MapOnly
	// WayOnly leaves out the world, and draws the hops of a flow alone. World draws
	// MapOnly instead.
	WayOnly
)

// Options say how to draw. The zero value is a whole drawing for a page.
type Options struct {
	Style  Style
	Extent Extent
	// ID is what the ids of the drawing's title and description begin with. It has to
	// be another one for each drawing of a page; empty means "drawing".
	ID string
	// Notes are about a flow, below what came of it. Flow alone has any.
	Notes []Note
	// Mended is the flow with all that is in its way gone. Its way is drawn below the
	// flow's own; the world has the numbers of the flow's own.
	Mended *verdict.Observation
}

// Note is a remark on a flow.
type Note struct {
	Title string
	Lines []string
	// Rule is what the note is about, which the world then has marked; may be empty.
	Rule string
}

// World draws a world: a box for each network with its router, subnets and
// machines, connections between the boxes, then clusters and rules. It draws
// invalid worlds too.
func World(w topology.World, o Options) string { return sceneOfWorld(&w, o).svg(o) }

func sceneOfWorld(w *topology.World, o Options) *scene {
	p := &painter{world: w}
	s := &scene{
		title:       "world " + w.Name,
		description: fmt.Sprintf("%d networks, %d hosts, %d clusters", len(w.VPCs), len(w.Hosts), len(w.Clusters)),
	}
	p.worldInto(s, o.Extent)
	return s
}

// Flow draws a world with the way of a flow in it: each hop has the numbers of the
// way's stations, what stopped the flow is marked, and the stations are above in order,
// forth and back, with the addresses that the packet has between them.
//
// The way is that of the observation's path, which an oracle computes, or else what
// its evidence has seen.
func Flow(w topology.World, seen verdict.Observation, o Options) string {
	return sceneOfFlow(&w, seen, o).svg(o)
}

func sceneOfFlow(w *topology.World, seen verdict.Observation, o Options) *scene {
	p := &painter{world: w, way: wayOf(w, seen)}
	s := &scene{title: seen.Flow.String(), description: seen.Verdict.String()}
	for _, n := range o.Notes {
		p.way.stops = append(p.way.stops, stopsOf(n.Rule)...)
	}
	p.verdictInto(s, seen)
	p.notesInto(s, o.Notes)
	p.stationsInto(s)
	p.mendedInto(s, o.Mended)
	if o.Extent != WayOnly {
		p.worldInto(s, o.Extent)
	}
	return s
}

// painter makes boxes of a world.
type painter struct {
	world *topology.World
	way   way
}

// worldInto adds the boxes of a world to a scene.
func (p *painter) worldInto(s *scene, e Extent) {
	p.networksInto(s)
	for i := range p.world.Clusters {
		s.add(p.cluster(&p.world.Clusters[i]))
	}
	if len(p.world.Names) > 0 {
		s.add(p.names())
	}
	if e != Whole {
		return
	}
	for _, b := range p.rules() {
		s.add(b)
	}
}
