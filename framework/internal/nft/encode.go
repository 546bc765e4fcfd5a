package nft

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
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

// replaceTable adds what makes the table look like this, whatever it was.
func (b *batch) replaceTable(t Table) error {
	b.deleteTable(t.Name)
	b.addTable(t.Name)
	for _, name := range t.counters() {
		b.addCounter(t.Name, name)
	}
	for i, s := range t.Sets {
		b.addSet(t.Name, s, uint32(i+1))
	}
	for _, c := range t.Chains {
		b.addChain(t.Name, c)
	}
	for _, c := range t.Chains {
		if err := b.addRules(t.Name, c); err != nil {
			return err
		}
	}
	return nil
}

// amendTable adds what makes the table of before look like this: chains that differ
// are emptied and filled anew.
func (b *batch) amendTable(before, t Table) error {
	var changed []Chain
	for i, c := range t.Chains {
		if !before.Chains[i].equal(c) {
			changed = append(changed, c)
			b.add(unix.NFT_MSG_DELRULE, "rules of chain "+c.Name,
				text(unix.NFTA_RULE_TABLE, t.Name), text(unix.NFTA_RULE_CHAIN, c.Name))
		}
	}
	old, now := before.counters(), t.counters()
	for _, name := range without(old, now) {
		b.add(unix.NFT_MSG_DELOBJ, "counter "+name,
			text(unix.NFTA_OBJ_TABLE, t.Name),
			text(unix.NFTA_OBJ_NAME, name),
			be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER))
	}
	for _, name := range without(now, old) {
		b.addCounter(t.Name, name)
	}
	for _, c := range changed {
		if err := b.addRules(t.Name, c); err != nil {
			return err
		}
	}
	return nil
}

// without lists the names that others has not, in their order.
func without(names, others []string) []string {
	known := make(map[string]bool, len(others))
	for _, name := range others {
		known[name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known[name] })
}

func (b *batch) addCounter(table, name string) {
	b.add(unix.NFT_MSG_NEWOBJ, "counter "+name,
		text(unix.NFTA_OBJ_TABLE, table),
		text(unix.NFTA_OBJ_NAME, name),
		be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER),
		nested(unix.NFTA_OBJ_DATA))
}

func (b *batch) addRules(table string, c Chain) error {
	for i, r := range c.Rules {
		if err := b.addRule(table, c.Name, i, r); err != nil {
			return err
		}
	}
	return nil
}

// deleteTable removes a table that may or may not exist: creating one that
// exists is no error, deleting one that does not is.
func (b *batch) deleteTable(name string) {
	b.addTable(name)
	b.add(unix.NFT_MSG_DELTABLE, "table "+name, text(unix.NFTA_TABLE_NAME, name))
}

func (b *batch) addTable(name string) {
	b.add(unix.NFT_MSG_NEWTABLE, "table "+name,
		text(unix.NFTA_TABLE_NAME, name), be32(unix.NFTA_TABLE_FLAGS, 0))
}

func (b *batch) addChain(table string, c Chain) {
	attrs := []attr{text(unix.NFTA_CHAIN_TABLE, table), text(unix.NFTA_CHAIN_NAME, c.Name)}
	if c.Base != nil {
		policy := uint32(verdictNumberAccept)
		if c.Base.Policy == PolicyDrop {
			policy = verdictNumberDrop
		}
		attrs = append(attrs,
			nested(unix.NFTA_CHAIN_HOOK,
				be32(unix.NFTA_HOOK_HOOKNUM, uint32(c.Base.Hook)),
				be32(unix.NFTA_HOOK_PRIORITY, uint32(int32(c.Base.Priority)))),
			be32(unix.NFTA_CHAIN_POLICY, policy),
			text(unix.NFTA_CHAIN_TYPE, c.Base.Type.String()))
	}
	b.add(unix.NFT_MSG_NEWCHAIN, "chain "+c.Name, attrs...)
}

// addSet makes a set of address intervals. The kernel takes an interval as two
// elements: its first address, and the first one after it marked as an end; the
// end is missing when there is no address after it.
func (b *batch) addSet(table string, s Set, id uint32) {
	const (
		typeIPv4Address = 7 // nft's number, so that nft can list the set
		bigEndian       = 2 // nft's number for the keys' byte order
	)
	b.add(unix.NFT_MSG_NEWSET, "set "+s.Name,
		text(unix.NFTA_SET_TABLE, table),
		text(unix.NFTA_SET_NAME, s.Name),
		be32(unix.NFTA_SET_FLAGS, unix.NFT_SET_INTERVAL),
		be32(unix.NFTA_SET_KEY_TYPE, typeIPv4Address),
		be32(unix.NFTA_SET_KEY_LEN, addressLength),
		be32(unix.NFTA_SET_ID, id),
		raw(unix.NFTA_SET_USERDATA, userdata.AppendUint32(nil, userdata.NFTNL_UDATA_SET_KEYBYTEORDER, bigEndian)))
	var elements []attr
	for _, span := range s.merged() {
		elements = append(elements, nested(unix.NFTA_LIST_ELEM,
			nested(unix.NFTA_SET_ELEM_KEY, raw(unix.NFTA_DATA_VALUE, span.first.AsSlice()))))
		if end := span.last.Next(); end.IsValid() {
			elements = append(elements, nested(unix.NFTA_LIST_ELEM,
				be32(unix.NFTA_SET_ELEM_FLAGS, unix.NFT_SET_ELEM_INTERVAL_END),
				nested(unix.NFTA_SET_ELEM_KEY, raw(unix.NFTA_DATA_VALUE, end.AsSlice()))))
		}
	}
	if len(elements) == 0 {
		return
	}
	// An attribute's length has 16 bits, so a large set goes in pieces.
	const perMessage = 1000
	for len(elements) > 0 {
		n := min(perMessage, len(elements))
		b.add(unix.NFT_MSG_NEWSETELEM, "elements of set "+s.Name,
			text(unix.NFTA_SET_ELEM_LIST_TABLE, table),
			text(unix.NFTA_SET_ELEM_LIST_SET, s.Name),
			nested(unix.NFTA_SET_ELEM_LIST_ELEMENTS, elements[:n]...))
		elements = elements[n:]
	}
}

func (b *batch) addRule(table, chain string, index int, r Rule) error {
	place := fmt.Sprintf("rule %d of chain %s", index+1, chain)
	if r.Name != "" {
		place = fmt.Sprintf("rule %s of chain %s", r.Name, chain)
	}
	exprs := r.expressions()
	attrs := make([]attr, len(exprs))
	for i, e := range exprs {
		data, err := expr.Marshal(ipv4, e)
		if err != nil {
			return fmt.Errorf("encode %s: %w", place, err)
		}
		attrs[i] = attr{kind: unix.NFTA_LIST_ELEM | unix.NLA_F_NESTED, data: data}
	}
	message := []attr{
		text(unix.NFTA_RULE_TABLE, table),
		text(unix.NFTA_RULE_CHAIN, chain),
		nested(unix.NFTA_RULE_EXPRESSIONS, attrs...),
	}
	if r.Comment != "" {
		message = append(message, raw(unix.NFTA_RULE_USERDATA,
			userdata.AppendString(nil, userdata.TypeComment, r.Comment)))
	}
	b.add(unix.NFT_MSG_NEWRULE, place, message...)
	return nil
}

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
