// Package screen keeps a few lines at the end of a terminal up to date, while
// what is printed above them scrolls away as usual.
//
// It takes over nothing: input stays the terminal's own, nothing is switched on
// that would have to be switched off, and a process that is killed leaves the
// terminal as any other program would. It decides nothing about what is shown.
// Programs that have a terminal import it.
//
//	s, ok := screen.Of(os.Stdout, surroundings)
//	s.Show([]string{"a line that scrolls"}, view.Lines(s.Size(), now, palette))
//	s.Clear()
package screen
