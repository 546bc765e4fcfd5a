// Package travel follows the addresses of a packet along a path: where the steps of
// an oracle say that somebody replaced them. It is pure and decides nothing.
//
//	var p travel.Packet
//	for _, s := range path.Forth {
//		p.Follow(&w, s)
//	}
package travel
