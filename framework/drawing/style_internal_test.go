package drawing

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Text can be read on all that it stands on, in both themes.
//
// Source: WCAG 2.1, success criterion 1.4.3 (contrast).
func TestColours_have_contrast(t *testing.T) {
	onAll := []string{"paper", "network", "subnet", "machine", "pod", "group", "service", "stop-paper"}
	for theme, of := range map[string]func(colour) string{
		"light": func(c colour) string { return c.light },
		"dark":  func(c colour) string { return c.dark },
	} {
		value := map[string]string{}
		for _, c := range colours() {
			value[c.name] = of(c)
		}
		for text, papers := range map[string][]string{
			"ink": onAll, "muted": onAll, "stop": {"machine", "pod", "service", "group", "stop-paper"},
			"way": {"paper"}, "good": {"machine"}, "way-ink": {"way"}, "stop-paper": {"stop"},
		} {
			for _, paper := range papers {
				if c := contrast(t, value[text], value[paper]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.1f", theme, text, paper, c)
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]uint8
	if n, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); n != 3 {
		t.Fatalf("%q is no colour: %v", hex, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func TestStyles_leave_no_colour_unset(t *testing.T) {
	for name, text := range map[string]string{"embedded": Stylesheet(), "stand-alone": ownStyle()} {
		if strings.Contains(text, "$") {
			t.Errorf("the %s style has a colour that is not set", name)
		}
	}
	if strings.Contains(ownStyle(), "var(") {
		t.Error("a drawing that stands alone depends on variables")
	}
}
