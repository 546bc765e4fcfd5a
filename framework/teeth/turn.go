package teeth

import "slices"

// Wired are the teeth that are worth showing on a wire lab, without the controls,
// which have teeth of their own on paper and cost most of the time.
func Wired(all []Tooth) []Tooth {
	wired := slices.DeleteFunc(slices.Clone(all), func(t Tooth) bool { return t.Reach != OnWire })
	for i := range wired {
		wired[i].broken.Controls = nil
	}
	return wired
}

// Edited are the teeth of the scenario's own changes, which need nothing of a lab but
// that it does as it is told.
func Edited(all []Tooth) []Tooth {
	return slices.DeleteFunc(slices.Clone(all), func(t Tooth) bool { return t.fault != NoFault || t.bend != nil || t.mislead != nil })
}

// Turn picks some of the teeth. The next turn goes on where this one ends, so that
// after len(all)/some turns, rounded up, each was picked.
func Turn(all []Tooth, turn, some int) []Tooth {
	if some >= len(all) {
		return all
	}
	var picked []Tooth
	for i := range some {
		picked = append(picked, all[(turn*some+i)%len(all)])
	}
	return picked
}
