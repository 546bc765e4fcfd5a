package drawing

// The measures of a drawing, in its own units. Text is monospaced, so that its width
// is known without a font: no common monospaced font of this size is wider.
const (
	cell    = 7.3 // of one character
	line    = 16  // from one line to the next
	ascent  = 12  // from the top of a line to its base
	pad     = 8   // between a border and what is in it
	gap     = 8   // between two boxes
	width   = 404 // of a drawing
	margin  = 6   // around it
	lane    = 9   // between two connections that run beside the boxes
	chipPad = 5   // between a chip's border and its text
)

// box is a rectangle with a name, lines, chips and further boxes in it, from top to
// bottom. Its place is set by layout.
type box struct {
	class string
	// key is what a way calls the box; see way.
	key   string
	items []item
	// number is the stations that a way makes here; nil for none.
	number *chip

	x, y, w, h int
}

// item is one row of a box: a text, a row of chips, or boxes in columns.
type item struct {
	texts []text
	chips []*chip
	boxes []*box
	// columns is for boxes; zero means one.
	columns int
	// source is what a text says before it is folded to the width of its box.
	source *text
}

// text is one line at a place.
type text struct {
	class, says string
	x, y        int
	// room is how many units at the right end are taken by something else.
	room int
}

// chip is a small rounded rectangle with a word in it.
type chip struct {
	class, key, says string
	x, y, w, h       int
}

func (b *box) text(class, says string) {
	if says != "" {
		b.items = append(b.items, item{source: &text{class: class, says: says}})
	}
}

// head is the first line of a box, beside which the numbers of a way have room.
func (b *box) head(says string) {
	room := 0
	if b.number != nil {
		room = wide(b.number.says) + 2*chipPad + 4
	}
	b.items = append(b.items, item{source: &text{class: "name", says: says, room: room}})
}

func (b *box) chipRow(chips []*chip) {
	if len(chips) > 0 {
		b.items = append(b.items, item{chips: chips})
	}
}

func (b *box) grid(columns int, boxes []*box) {
	if len(boxes) > 0 {
		b.items = append(b.items, item{boxes: boxes, columns: columns})
	}
}

// layout places a box and everything in it, and sets its height.
func (b *box) layout(x, y, w int) {
	b.x, b.y, b.w = x, y, w
	at := y + pad
	if n := b.number; n != nil {
		n.w, n.h = wide(n.says)+2*chipPad, line
		n.x, n.y = x+w-4-n.w, y+4
	}
	for i := range b.items {
		it := &b.items[i]
		if i > 0 && len(it.boxes)+len(it.chips) > 0 {
			at += 2
		}
		switch {
		case it.source != nil:
			at = it.fold(x+pad, at, w-2*pad)
		case len(it.chips) > 0:
			at = placeChips(it.chips, x+pad, at, w-2*pad)
		default:
			at = placeBoxes(it.boxes, max(1, it.columns), x+pad, at, w-2*pad)
		}
	}
	b.h = at + pad - y - 2
}

// fold makes the lines of a text.
func (it *item) fold(x, y, w int) int {
	it.texts = nil
	for _, says := range fold(it.source.says, fits(w-it.source.room)) {
		it.texts = append(it.texts, text{class: it.source.class, says: says, x: x, y: y + ascent, room: it.source.room})
		y += line
	}
	return y
}

func placeChips(chips []*chip, x, y, w int) int {
	at := x
	for _, c := range chips {
		c.says = fold(c.says, fits(w-2*chipPad))[0]
		c.w, c.h = wide(c.says)+2*chipPad, line
		if at > x && at+c.w > x+w {
			at, y = x, y+line+4
		}
		c.x, c.y = at, y
		at += c.w + 4
	}
	return y + line + 4
}

// placeBoxes puts boxes into columns, each at the foot of the shortest one.
func placeBoxes(boxes []*box, columns, x, y, w int) int {
	columns = min(columns, len(boxes))
	each := (w - (columns-1)*gap) / columns
	feet := make([]int, columns)
	for i := range feet {
		feet[i] = y
	}
	for _, b := range boxes {
		to := 0
		for i, foot := range feet {
			if foot < feet[to] {
				to = i
			}
		}
		b.layout(x+to*(each+gap), feet[to], each)
		feet[to] += b.h + gap
	}
	foot := y
	for _, f := range feet {
		foot = max(foot, f)
	}
	return foot - gap + 4
}

// wide is the width of a text in units.
func wide(says string) int {
	return int(float64(cells(says))*cell) + 1
}

// fits is how many cells have room in a width.
func fits(w int) int { return max(4, int(float64(w-1)/cell)) }

// cells counts the columns of a text. Letters that may be of double width are.
func cells(says string) int {
	n := 0
	for _, r := range says {
		if n++; r >= firstWide {
			n++
		}
	}
	return n
}

// firstWide is the first character that monospaced fonts may give two columns; arrows
// and box-drawing characters, which are ours, lie above and have one.
const firstWide = 0x2E80
