package nft

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Registers of the kernel's rule machine. Each condition loads and compares
// before the next begins, so one register is enough; a translation to an address
// and a port needs both.
const (
	register       = 1
	secondRegister = 2
)

// ipv4 is the family of everything here, as the netlink header spells it.
const ipv4 = unix.NFPROTO_IPV4

// Offsets and lengths in the IPv4, TCP, UDP and ICMP headers.
const (
	offsetSource      = 12
	offsetDestination = 16
	addressLength     = 4
	offsetSourcePort  = 0
	offsetDestPort    = 2
	portLength        = 2
	offsetICMPType    = 0
	offsetICMPCode    = 1
	offsetTCPFlags    = 13
	// icmpFragmentationNeeded is a code of destination-unreachable.
	icmpFragmentationNeeded = 4
	// The option of a TCP segment that announces the maximum segment size, and
	// where in it the size is.
	optionSegmentSize = 2
	offsetSegmentSize = 2
)

// Kernel numbers that x/sys lacks: the attributes of a counter object, and
// verdicts as a chain's policy has them.
const (
	counterBytes   = 1
	counterPackets = 2

	verdictNumberDrop   = 0
	verdictNumberAccept = 1
)

// expressions translates a rule into the kernel's rule machine: conditions in
// the order of Match.String, then the counter, then the verdict.
func (r Rule) expressions() []expr.Any {
	e := r.Match.expressions()
	if r.Name != "" {
		e = append(e, &expr.Objref{Type: unix.NFT_OBJECT_COUNTER, Name: r.Name})
	}
	return append(e, r.Verdict.expressions()...)
}

func (m Match) expressions() []expr.Any {
	var e []expr.Any
	e = append(e, iface(expr.MetaKeyIIFNAME, expr.CmpOpEq, m.InIface)...)
	e = append(e, iface(expr.MetaKeyIIFNAME, expr.CmpOpNeq, m.NotInIface)...)
	e = append(e, iface(expr.MetaKeyOIFNAME, expr.CmpOpEq, m.OutIface)...)
	e = append(e, iface(expr.MetaKeyOIFNAME, expr.CmpOpNeq, m.NotOutIface)...)
	e = append(e, address(offsetSource, expr.CmpOpEq, m.Source)...)
	e = append(e, address(offsetSource, expr.CmpOpNeq, m.NotSource)...)
	e = append(e, member(offsetSource, m.SourceSet, false)...)
	e = append(e, member(offsetSource, m.NotSourceSet, true)...)
	e = append(e, address(offsetDestination, expr.CmpOpEq, m.Destination)...)
	e = append(e, address(offsetDestination, expr.CmpOpNeq, m.NotDestination)...)
	e = append(e, member(offsetDestination, m.DestinationSet, false)...)
	e = append(e, member(offsetDestination, m.NotDestinationSet, true)...)
	if m.Protocol != AnyProtocol {
		e = append(e, &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register},
			equal([]byte{byte(m.Protocol)}))
	}
	e = append(e, ports(offsetSourcePort, m.SourcePorts)...)
	e = append(e, ports(offsetDestPort, m.DestinationPorts)...)
	if m.ICMPType != AnyICMPType {
		e = append(e, transport(offsetICMPType, 1), equal([]byte{m.ICMPType.wire()}))
	}
	if m.ICMPType == FragmentationNeeded {
		e = append(e, transport(offsetICMPCode, 1), equal([]byte{icmpFragmentationNeeded}))
	}
	if m.TCPFlags != 0 {
		e = append(e, transport(offsetTCPFlags, 1), bits([]byte{byte(m.TCPFlags)}, []byte{0}),
			&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: []byte{0}})
	}
	if m.LongerThan > 0 {
		e = append(e, &expr.Meta{Key: expr.MetaKeyLEN, Register: register},
			&expr.Byteorder{SourceRegister: register, DestRegister: register, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpGt, Register: register, Data: binary.BigEndian.AppendUint32(nil, uint32(m.LongerThan))})
	}
	if m.OneIn > 1 {
		e = append(e, &expr.Numgen{Register: register, Modulus: uint32(m.OneIn), Type: unix.NFT_NG_RANDOM}, equal(native32(0)))
	}
	if m.CtState != 0 {
		e = append(e, &expr.Ct{Key: expr.CtKeySTATE, Register: register},
			bits(native32(uint32(m.CtState)), native32(0)),
			&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: native32(0)})
	}
	if m.CtDirection != AnyDirection {
		e = append(e, &expr.Ct{Key: expr.CtKeyDIRECTION, Register: register}, equal([]byte{byte(m.CtDirection - Original)}))
	}
	if m.CtStatus != 0 {
		e = append(e, &expr.Ct{Key: expr.CtKeySTATUS, Register: register},
			bits(native32(uint32(m.CtStatus)), native32(0)),
			&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: native32(0)})
	}
	if m.Mark.Mask != 0 {
		e = append(e, &expr.Meta{Key: expr.MetaKeyMARK, Register: register})
		if m.Mark.Mask != ^uint32(0) {
			e = append(e, bits(native32(m.Mark.Mask), native32(0)))
		}
		e = append(e, equal(native32(m.Mark.Value)))
	}
	return e
}

// wire returns the type's number in the ICMP header.
func (t ICMPType) wire() byte {
	switch t {
	case EchoRequest:
		return 8
	case DestinationUnreachable, FragmentationNeeded:
		return 3
	case TimeExceeded:
		return 11
	case AnyICMPType, EchoReply:
	}
	return 0
}

func iface(key expr.MetaKey, op expr.CmpOp, name string) []expr.Any {
	if name == "" {
		return nil
	}
	// Padded to the full length, the comparison is for the exact name.
	padded := make([]byte, unix.IFNAMSIZ)
	copy(padded, name)
	return []expr.Any{
		&expr.Meta{Key: key, Register: register},
		&expr.Cmp{Op: op, Register: register, Data: padded},
	}
}

// address compares an address with a prefix. A prefix of whole bytes needs no
// mask: only those bytes are loaded.
func address(offset uint32, op expr.CmpOp, prefix netip.Prefix) []expr.Any {
	if !narrows(prefix) {
		return nil
	}
	want := prefix.Masked().Addr().AsSlice()
	if prefix.Bits()%8 == 0 {
		n := prefix.Bits() / 8
		return []expr.Any{network(offset, uint32(n)), &expr.Cmp{Op: op, Register: register, Data: want[:n]}}
	}
	return []expr.Any{
		network(offset, addressLength),
		bits(net.CIDRMask(prefix.Bits(), 8*addressLength), make([]byte, addressLength)),
		&expr.Cmp{Op: op, Register: register, Data: want},
	}
}

func member(offset uint32, set string, invert bool) []expr.Any {
	if set == "" {
		return nil
	}
	return []expr.Any{
		network(offset, addressLength),
		&expr.Lookup{SourceRegister: register, SetName: set, Invert: invert},
	}
}

func ports(offset uint32, p Ports) []expr.Any {
	switch {
	case p == Ports{}:
		return nil
	case p.First == p.Last:
		return []expr.Any{transport(offset, portLength), equal(be16(p.First))}
	default:
		return []expr.Any{
			transport(offset, portLength),
			&expr.Cmp{Op: expr.CmpOpGte, Register: register, Data: be16(p.First)},
			&expr.Cmp{Op: expr.CmpOpLte, Register: register, Data: be16(p.Last)},
		}
	}
}

func (v Verdict) expressions() []expr.Any {
	jump := func(kind expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: kind, Chain: v.chain}} }
	switch v.kind {
	case verdictAccept:
		return jump(expr.VerdictAccept)
	case verdictDrop:
		return jump(expr.VerdictDrop)
	case verdictReset:
		return []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
	case verdictReturn:
		return jump(expr.VerdictReturn)
	case verdictJump:
		return jump(expr.VerdictJump)
	case verdictGoto:
		return jump(expr.VerdictGoto)
	case verdictMasquerade:
		return []expr.Any{&expr.Masq{}}
	case verdictSNAT:
		return translate(expr.NATTypeSourceNAT, v)
	case verdictDNAT:
		return translate(expr.NATTypeDestNAT, v)
	case verdictSetMark:
		set := &expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: register}
		if v.mark.Mask == ^uint32(0) {
			return []expr.Any{&expr.Immediate{Register: register, Data: native32(v.mark.Value)}, set}
		}
		return []expr.Any{
			&expr.Meta{Key: expr.MetaKeyMARK, Register: register},
			bits(native32(^v.mark.Mask), native32(v.mark.Value)),
			set,
		}
	case verdictClass:
		return []expr.Any{
			&expr.Immediate{Register: register, Data: native32(v.class)},
			&expr.Meta{Key: expr.MetaKeyPRIORITY, SourceRegister: true, Register: register},
		}
	case verdictNotrack:
		return []expr.Any{&expr.Notrack{}}
	case verdictClamp:
		return []expr.Any{
			&expr.Immediate{Register: register, Data: be16(v.segment)},
			&expr.Exthdr{
				SourceRegister: register, Op: expr.ExthdrOpTcpopt,
				Type: optionSegmentSize, Offset: offsetSegmentSize, Len: 2,
			},
		}
	case verdictNote:
		return v.record.expressions()
	case verdictContinue, verdictInvalid:
	}
	return nil
}

func translate(kind expr.NATType, v Verdict) []expr.Any {
	nat := &expr.NAT{Type: kind, Family: ipv4, RegAddrMin: register}
	e := []expr.Any{&expr.Immediate{Register: register, Data: v.address.AsSlice()}}
	if v.port != 0 {
		nat.RegProtoMin, nat.Specified = secondRegister, true
		e = append(e, &expr.Immediate{Register: secondRegister, Data: be16(v.port)})
	}
	return append(e, nat)
}

func equal(data []byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: data}
}

// bits computes (register & mask) ^ xor.
func bits(mask, xor []byte) expr.Any {
	return &expr.Bitwise{
		SourceRegister: register, DestRegister: register,
		Len: uint32(len(mask)), Mask: mask, Xor: xor,
	}
}

func network(offset, length uint32) expr.Any {
	return &expr.Payload{
		DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length,
	}
}

func transport(offset, length uint32) expr.Any {
	return &expr.Payload{
		DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: length,
	}
}

func native32(value uint32) []byte { return binaryutil.NativeEndian.PutUint32(value) }

func be16(value uint16) []byte { return binary.BigEndian.AppendUint16(nil, value) }
