// Package teeth proves that scenarios can fail. From a scenario it makes every way
// in which it, or the instrument that it is measured with, can be broken; each has
// to be found out in the phase that is there for it. A new scenario has them for
// nothing.
//
// It knows scenarios, the runner and the lab port, no adapter and no test library.
// A lab that can break its own instrument for real says so by being a Breaker;
// elsewhere the fault is played at the port.
//
//	for _, t := range teeth.Of(s, topology.Routed) {
//		_, err := t.Show(ctx, runner, paperlab.New())
//	}
package teeth
