package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
)

// Measures of a picture, in pixels: what stands above the tracks for each fault, and a track with its label.
const (
	bandHeight  = 20
	trackHeight = 24
	trackLine   = 15 // where the line of a track is, from its top
	axisHeight  = 22
	// wide is how many units of its own a track has from its beginning to its end.
	wide = 10000
	// mostSaid bounds how many stretches of a flow are said in words.
	mostSaid = 12
)

// traceView is a schedule with its picture, and beside it the smallest one that showed the same.
type traceView struct {
	chaos.Trace
	ID       string
	Open     bool
	Pictures []picture
}

// picture is faults over traffic.
type picture struct {
	chaos.Trace
	ID, Title, Says string
	Height, Top     int
	Bottom, Traffic int
	Bands           []bandView
	Turns           []turnView
	Tracks          []trackView
	Marks           []markView
	Ticks           []tick
	// Replay goes through it again.
	Replay string
}

type bandView struct {
	chaos.Band
	X, Width string
	Y, TextY int
	// Shade is how far down it shades the tracks.
	Shade int
	// Anchor is where its name is written from, so that it stays in the picture.
	Anchor, TextX string
}

type turnView struct {
	chaos.Turn
	X, Width string
}

type trackView struct {
	chaos.Track
	Y, LineY int
	Answered string
	Silent   string
	Aloud    string
	Unasked  string
	Says     string
	Words    []string
}

type markView struct {
	chaos.Mark
	N  int
	ID string
	X  string
	Y  int
}

func tracesOf(r storm.Report) []traceView {
	var all []traceView
	for i, t := range r.Traces {
		v := traceView{Trace: t, ID: fmt.Sprintf("schedule-%016x", t.Number), Open: i == 0 && t.Result != chaos.Valid}
		v.Pictures = append(v.Pictures, pictureOf(t, v.ID))
		if t.Least != nil {
			v.Pictures[0].Title = fmt.Sprintf("as it was drawn, with %d faults", len(t.Bands))
			least := pictureOf(*t.Least, v.ID+"-least")
			least.Title = fmt.Sprintf("the smallest that shows the same, with %d of %d faults", len(t.Least.Bands), len(t.Bands))
			v.Pictures = append(v.Pictures, least)
		}
		all = append(all, v)
	}
	return all
}

func pictureOf(t chaos.Trace, id string) picture {
	end := max(t.End, 1)
	x := func(at time.Duration) string { return percent(min(max(at.Seconds()/end.Seconds(), 0), 1)) }
	p := picture{Trace: t, ID: id, Top: 4 + bandHeight*len(t.Bands)}
	if t.File != "" {
		p.Replay = "bin/vpcgate chaos --schedule " + t.File
	}
	for i, b := range t.Bands {
		v := bandView{Band: b, X: x(b.From), Width: percent(max((b.To-b.From).Seconds()/end.Seconds(), 0.003)), Y: 2 + i*bandHeight}
		v.TextY, v.TextX, v.Anchor = v.Y+13, x(b.From), "start"
		if b.From > end/2 {
			v.TextX, v.Anchor = x(b.To), "end"
		}
		p.Bands = append(p.Bands, v)
	}
	for _, c := range t.Changes {
		p.Turns = append(p.Turns, turnView{Turn: c, X: x(c.Began), Width: percent(max((c.Done-c.Began).Seconds()/end.Seconds(), 0.001))})
	}
	for i, k := range t.Tracks {
		p.Tracks = append(p.Tracks, trackOf(k, p.Top+i*trackHeight, end))
	}
	p.Bottom = p.Top + len(t.Tracks)*trackHeight
	for i := range p.Bands {
		p.Bands[i].Shade = p.Bottom - p.Bands[i].Y
	}
	p.Traffic = p.Bottom - p.Top
	p.Height = p.Bottom + axisHeight
	for i, m := range t.Marks {
		v := markView{Mark: m, N: i + 1, ID: fmt.Sprintf("%s-violation-%d", id, i+1), X: x(m.At), Y: p.Bottom}
		if m.Track >= 0 {
			v.Y = p.Top + m.Track*trackHeight + trackLine
		}
		p.Marks = append(p.Marks, v)
	}
	const ticks = 4
	for i := range ticks + 1 {
		p.Ticks = append(p.Ticks, tick{At: percent(float64(i) / ticks), Text: fmt.Sprintf("%.1f s", end.Seconds()*float64(i)/ticks)})
	}
	p.Says = fmt.Sprintf("%d faults over the traffic of %d flows in %s: %d violations", len(t.Bands), len(t.Tracks), moment(t.End), t.Marked)
	return p
}

// trackOf draws the stretches of a flow, each until the next one begins. What is answered is the tallest and silence the lowest.
func trackOf(k chaos.Track, y int, end time.Duration) trackView {
	v := trackView{Track: k, Y: y, LineY: y + trackLine}
	paths := map[chaos.Sort]*strings.Builder{}
	counts := map[chaos.Sort]int{}
	for _, s := range chaos.Sorts() {
		paths[s] = &strings.Builder{}
	}
	for i, s := range k.Stretches {
		until := s.To
		if i+1 < len(k.Stretches) {
			until = k.Stretches[i+1].From
		}
		from := int(wide * s.From.Seconds() / end.Seconds())
		width := max(int(wide*until.Seconds()/end.Seconds())-from, wide/500)
		height := map[chaos.Sort]int{chaos.SortAnswered: 8, chaos.SortAloud: 5, chaos.SortSilent: 2, chaos.SortUnasked: 1}[s.Sort]
		fmt.Fprintf(paths[s.Sort], "M%d %dh%dv%dh-%dz", from, 8-height, width, height, width)
		counts[s.Sort] += s.Count
		if s.Sort != chaos.SortAnswered && len(v.Words) < mostSaid {
			v.Words = append(v.Words, fmt.Sprintf("%s %s to %s (%d)", s.Sort, moment(s.From), moment(s.To), s.Count))
		}
	}
	v.Answered, v.Aloud = paths[chaos.SortAnswered].String(), paths[chaos.SortAloud].String()
	v.Silent, v.Unasked = paths[chaos.SortSilent].String(), paths[chaos.SortUnasked].String()
	var parts []string
	for _, s := range chaos.Sorts() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	if k.More > 0 {
		parts = append(parts, fmt.Sprintf("%d more that are not drawn", k.More))
	}
	v.Says = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
	if v.Says == "" {
		v.Says = "nothing was asked"
	}
	return v
}
