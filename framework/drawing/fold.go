package drawing

import (
	"strings"
	"unicode"
)

// fold breaks a text into lines of at most so many cells, between words where it can.
// What can be in no XML is left out.
func fold(says string, most int) []string {
	var lines []string
	var at strings.Builder
	for _, word := range strings.Fields(printable(says)) {
		if at.Len() > 0 && cells(at.String())+1+cells(word) > most {
			lines = append(lines, at.String())
			at.Reset()
		}
		if at.Len() > 0 {
			at.WriteByte(' ')
		}
		for _, part := range split(word, most) {
			if at.Len() > 0 && cells(at.String())+cells(part) > most {
				lines = append(lines, at.String())
				at.Reset()
			}
			at.WriteString(part)
		}
	}
	if at.Len() > 0 || len(lines) == 0 {
		lines = append(lines, at.String())
	}
	return lines
}

// split breaks a word that has no room in a line, after a separator where it can.
func split(word string, most int) []string {
	var parts []string
	for cells(word) > most {
		end, after, n := 0, 0, 0
		for i, r := range word {
			if n += cells(string(r)); n > most {
				break
			}
			end = i + len(string(r))
			if strings.ContainsRune("/-.,:_", r) {
				after = end
			}
		}
		if after == 0 {
			after = max(end, len(string([]rune(word)[0])))
		}
		parts, word = append(parts, word[:after]), word[after:]
	}
	return append(parts, word)
}

func printable(says string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return '?'
		}
		return r
	}, says)
}
