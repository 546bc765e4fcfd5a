// Package kindconfigs carries the base configurations of the kind clusters, one
// for each container network mode, as the files beside it hold them.
//
// They hold what is the same on every host and in every world; framework/lab/kindlab
// fills in names, images, addresses and the patches that a host needs.
//
//	text, err := kindconfigs.Read(topology.Tunnel)
package kindconfigs
