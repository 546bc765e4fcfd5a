package config

import "strings"

// Nearest returns the known word that the given one was most likely meant to
// be, and whether one is near enough to be worth suggesting.
func Nearest(given string, known []string) (string, bool) {
	best, bestDistance := "", len(given)+1
	for _, k := range known {
		d := distance(strings.ToLower(given), strings.ToLower(k))
		if d < bestDistance {
			best, bestDistance = k, d
		}
	}
	// Half of the letters wrong is no slip of the hand any more.
	return best, best != "" && bestDistance <= max(1, len(best)/2)
}

// Suggest returns the end of an error message about an unknown word: the
// nearest known one, if any, and all of them.
func Suggest(given string, known []string) string {
	all := "known are " + strings.Join(known, ", ")
	if near, ok := Nearest(given, known); ok {
		return "did you mean " + near + "? " + all
	}
	return all
}

// distance is the number of single-letter edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
