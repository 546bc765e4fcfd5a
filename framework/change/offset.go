package change

import (
	"encoding/binary"
	"net/netip"
)

// moved is an address at the same offset in another block. What is outside the
// first block, or not IPv4, stays where it is.
func moved(a netip.Addr, from, to netip.Prefix) netip.Addr {
	if !from.IsValid() || !to.Addr().Is4() || !a.Is4() || !from.Contains(a) {
		return a
	}
	was, first, next := a.As4(), from.Masked().Addr().As4(), to.Masked().Addr().As4()
	sum := binary.BigEndian.Uint32(was[:]) - binary.BigEndian.Uint32(first[:]) + binary.BigEndian.Uint32(next[:])
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, sum)))
}

// movedBlock is a block at the same offset in another one.
func movedBlock(b, from, to netip.Prefix) netip.Prefix {
	if !b.IsValid() || b.Bits() < from.Bits() {
		return b
	}
	return netip.PrefixFrom(moved(b.Addr(), from, to), b.Bits())
}
