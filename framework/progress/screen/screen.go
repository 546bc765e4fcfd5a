package screen

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/record"
)

// usual is the size of a terminal that does not tell its own.
var usual = progress.Size{Columns: 80, Rows: 24}

// Screen is the end of a terminal. It is for one goroutine at a time.
type Screen struct {
	out  io.Writer
	size func() progress.Size
	// shown are the lines that stand at the end now, at the width they were
	// drawn with.
	shown []string
	drawn progress.Size
}

// Of returns the screen of a terminal on which lines can be drawn again; other
// files, and terminals that say that they cannot move their cursor, have none.
func Of(out io.Writer, s config.Surroundings) (*Screen, bool) {
	f, ok := out.(*os.File)
	if !ok || s.Terminal == config.Dumb || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return &Screen{out: f, size: func() progress.Size {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 1 || rows < 1 {
			return usual
		}
		return progress.Size{Columns: columns, Rows: rows}
	}}, true
}

// PaletteFor is Coloured for a terminal that may be coloured, and Plain for
// everything else.
func PaletteFor(out io.Writer, s config.Surroundings) record.Palette {
	if _, ok := Of(out, s); !ok || s.Colour == config.NoColour {
		return record.Plain
	}
	return record.Coloured
}

// Size is the terminal's size now.
func (s *Screen) Size() progress.Size { return s.size() }

// Show prints lines that stay, and below them those that are drawn again the
// next time. It writes nothing where nothing has changed. What cannot be written
// is lost.
func (s *Screen) Show(stay, lines []string) {
	size := s.size()
	same := slices.Equal(lines, s.shown) && (size == s.drawn || len(lines) == 0)
	if len(stay) == 0 && same {
		return
	}
	_, _ = io.WriteString(s.out, frame(s.shown, size.Columns, stay, lines))
	s.shown, s.drawn = slices.Clone(lines), size
}

// Clear takes the lines at the end away, and leaves the cursor where they began.
func (s *Screen) Clear() { s.Show(nil, nil) }

// frame is what replaces the lines that were shown, as one text, so that the
// terminal never shows half of it. A terminal that was made narrower has wrapped
// the lines that were shown. The cursor is hidden only within the text: what ends
// the program in between finds it as it should be.
func frame(shown []string, columns int, stay, lines []string) string {
	var b strings.Builder
	b.WriteString(ansi.HideCursor)
	b.WriteString("\r")
	if up := rows(shown, columns) - 1; up > 0 {
		b.WriteString(ansi.CursorUp(up))
	}
	if len(stay) > 0 {
		b.WriteString(ansi.EraseScreenBelow) // they may be longer than a row
	}
	for _, text := range stay {
		b.WriteString(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")
	}
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(ansi.EraseLineRight + line)
	}
	b.WriteString(ansi.EraseScreenBelow + ansi.ShowCursor)
	return b.String()
}

// rows is how many rows of a terminal lines take.
func rows(lines []string, columns int) int {
	n := 0
	for _, l := range lines {
		n += max(1, (ansi.StringWidth(l)+columns-1)/columns)
	}
	return n
}
