package drawing

// scene is a drawing under way: boxes from top to bottom, and the lines of
// connections beside and between them.
type scene struct {
	title, description string
	boxes              []*box
	strokes            []stroke
	// lanes is how many connections run beside the boxes, at the left.
	lanes int
	foot  int
}

// stroke is a line with corners.
type stroke struct {
	class  string
	points []point
}

type point struct{ x, y int }

func (s *scene) left() int { return margin + s.lanes*lane }

func (s *scene) next() int {
	if len(s.boxes) == 0 {
		return margin
	}
	return s.foot + gap
}

// add puts a box at the foot of the scene.
func (s *scene) add(b *box) {
	b.layout(s.left(), s.next(), width-margin-s.left())
	s.boxes = append(s.boxes, b)
	s.foot = b.y + b.h
}

// addRow puts boxes side by side at the foot of the scene.
func (s *scene) addRow(columns int, boxes []*box) {
	y := s.next()
	s.foot = placeBoxes(boxes, columns, s.left(), y, width-margin-s.left()) - 4
	s.boxes = append(s.boxes, boxes...)
}

func (s *scene) height() int { return s.foot + margin }
