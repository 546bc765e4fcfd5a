// Package change holds the edits of a world. Faults, remedies and decoys are all
// changes; undo is adopting the former world, so nobody writes a recover
// command.
//
// A change is data with a pure Apply; Edit refuses one that changes nothing,
// since a decoy that does nothing would prove nothing.
//
//	broken, err := change.Edit(world, change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
package change
