package screen

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/record"
)

// paper is a terminal of endless height: what it shows is what one would find by
// scrolling back.
type paper struct {
	columns int
	rows    [][]rune
	row     int
	col     int
}

// feed understands what frame writes, and fails at anything else.
func (p *paper) feed(t *testing.T, text string) {
	t.Helper()
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "\x1b["):
			end := i + 2 + strings.IndexFunc(text[i+2:], func(r rune) bool { return r >= '@' && r <= '~' })
			p.control(t, text[i+2:end], text[end])
			i = end + 1
		case text[i] == '\r':
			p.col = 0
			i++
		case text[i] == '\n':
			p.row++
			i++
		default:
			r := []rune(text[i:])[0]
			p.put(r)
			i += len(string(r))
		}
	}
}

func (p *paper) control(t *testing.T, argument string, final byte) {
	t.Helper()
	p.grow()
	switch {
	case final == 'A':
		n, err := strconv.Atoi(argument)
		if err != nil {
			n = 1
		}
		p.row -= n
	case final == 'K' && argument == "":
		p.rows[p.row] = p.rows[p.row][:min(p.col, len(p.rows[p.row]))]
	case final == 'J' && argument == "":
		p.rows[p.row] = p.rows[p.row][:min(p.col, len(p.rows[p.row]))]
		p.rows = p.rows[:p.row+1]
	case (final == 'h' || final == 'l') && argument == "?25":
	default:
		t.Fatalf("unexpected sequence %q%c", argument, final)
	}
}

func (p *paper) put(r rune) {
	if p.col == p.columns {
		p.row, p.col = p.row+1, 0
	}
	p.grow()
	line := p.rows[p.row]
	for len(line) <= p.col {
		line = append(line, ' ')
	}
	line[p.col] = r
	p.rows[p.row] = line
	p.col++
}

func (p *paper) grow() {
	for len(p.rows) <= p.row {
		p.rows = append(p.rows, nil)
	}
}

// narrow makes the terminal narrower, as most do it: rows that are too long go on
// in the next one, and the cursor stays behind its character.
func (p *paper) narrow(columns int) {
	var rows [][]rune
	for i, line := range p.rows {
		for len(line) > columns {
			rows = append(rows, line[:columns:columns])
			line = line[columns:]
		}
		rows = append(rows, line)
		if i == p.row {
			p.row, p.col = len(rows)-1, min(len(line), columns)
		}
	}
	p.columns, p.rows = columns, rows
}

func (p *paper) text() string {
	lines := make([]string, len(p.rows))
	for i, l := range p.rows {
		lines[i] = string(l)
	}
	return strings.Join(lines, "\n")
}

func TestShow_draws_in_place_and_leaves_what_stays(t *testing.T) {
	p := &paper{columns: 20}
	var out bytes.Buffer
	s := &Screen{out: &out, size: func() progress.Size { return progress.Size{Columns: p.columns, Rows: 24} }}
	step := func(name string, stay, lines []string, want ...string) {
		t.Helper()
		s.Show(stay, lines)
		p.feed(t, out.String())
		out.Reset()
		if got := p.text(); got != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	step("the first view", nil, []string{"run 0:01", " 1  adopt"}, "run 0:01", " 1  adopt")
	step("a shorter view", nil, []string{"run 2"}, "run 2")
	step("a longer view", nil, []string{"run 0:03", " 1  break", " 2  break"}, "run 0:03", " 1  break", " 2  break")
	step("a failure longer than a row", []string{"a failure of twenty-six ch\n  flow"}, []string{"run 0:04", " 1  -"},
		"a failure of twenty-", "six ch", "  flow", "run 0:04", " 1  -")
	p.narrow(6)
	step("a narrower terminal", nil, []string{"run…", " 1…"}, "a fail", "ure of", " twent", "y-", "six ch", "  flow", "run…", " 1…")
	step("the end", []string{"bye"}, nil, "a fail", "ure of", " twent", "y-", "six ch", "  flow", "bye", "")
	s.Clear()
	if out.Len() > 0 {
		t.Errorf("clearing nothing wrote %q", out.String())
	}
}

func TestShow_writes_nothing_where_nothing_changed(t *testing.T) {
	var out bytes.Buffer
	size := progress.Size{Columns: 80, Rows: 24}
	s := &Screen{out: &out, size: func() progress.Size { return size }}
	lines := []string{"run 0:01"}
	s.Show(nil, lines)
	out.Reset()
	s.Show(nil, slices.Clone(lines))
	if out.Len() > 0 {
		t.Errorf("wrote %q", out.String())
	}
	size.Columns = 40
	s.Show(nil, lines)
	if out.Len() == 0 {
		t.Error("a terminal of another size was not drawn anew")
	}
}

func TestOf_files_that_are_no_terminals(t *testing.T) {
	able := config.LookAround(map[string]string{"TERM": "xterm"})
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, ok := Of(f, able); ok {
		t.Error("a file has a screen")
	}
	if _, ok := Of(&bytes.Buffer{}, able); ok {
		t.Error("a buffer has a screen")
	}
	if p := PaletteFor(f, able); p != record.Plain {
		t.Errorf("a file is %s", p)
	}
}
