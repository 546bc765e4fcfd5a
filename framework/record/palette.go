package record

import (
	"os"

	"golang.org/x/sys/unix"
)

// PaletteFor is Coloured for a terminal, unless NO_COLOR is set to anything,
// and Plain for everything else.
func PaletteFor(f *os.File) Palette {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return Plain
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return Plain
	}
	return Coloured
}
