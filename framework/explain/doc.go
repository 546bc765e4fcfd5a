// Package explain says of any flow of any world which way it takes, forth and back,
// which rule allowed it at each hop, everything that is in its way, and what to do
// about each in the terms of the page "Configuring Intra-VPC Access".
//
// A packet meets one obstacle: the rules behind it record nothing. To name them all,
// each one is taken away on paper as soon as it is found, nothing else is, and the
// oracle is asked again. Of a world nothing is known but itself: neither how it was
// before nor what broke it.
//
// It is pure: it asks an oracle, and never a wire.
//
//	f, err := explain.ParseFlow(w, "pod-a ecs-25 tcp/80")
//	e, err := explain.Flow(ctx, oracle, w, f)
//	fmt.Print(e.Text())
package explain
