package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Record is a named set to which rules add what passes by Note: every kind of packet
// once, with how many there were. It begins empty and has room for Size kinds; zero is
// as many as the kernel allows, 65535. What has a size takes the room at once, and takes
// as long to read as if it were full.
type Record struct {
	Name string
	Last Detail
	Size int
}

// Detail is what a record keeps of a packet beside its addresses, its protocol, and the
// first four bytes of its transport header.
type Detail uint8

// The details.
const (
	// ByOutIface is the name of the interface that the packet leaves by; it has none
	// before it was routed.
	ByOutIface Detail = iota
	// ByMark is the packet's mark.
	ByMark
)

// String returns nft's words for the detail.
func (d Detail) String() string { return word(int(d), "oifname", "meta mark") }

// key writes what a record keeps, as nft does.
func (r Record) key() string {
	return "ip saddr . ip daddr . meta l4proto . @th,0,32 . " + r.Last.String()
}

// keyLength is the length of a record's keys in bytes: four parts of a register each,
// and the detail.
func (r Record) keyLength() int {
	if r.Last == ByOutIface {
		return 4*registerLength + unix.IFNAMSIZ
	}
	return 5 * registerLength
}

const registerLength = 4

// keyType is nft's number for the parts of the key, so that nft can list the record.
func (r Record) keyType() uint32 {
	parts := []nftables.SetDatatype{nftables.TypeIPAddr, nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInteger, nftables.TypeIFName}
	if r.Last == ByMark {
		parts[len(parts)-1] = nftables.TypeMark
	}
	var number uint32
	for _, p := range parts {
		number = number<<nftables.SetConcatTypeBits | p.GetNFTMagic()
	}
	return number
}

// addRecord makes an empty record.
func (b *batch) addRecord(table string, r Record, id uint32) {
	attrs := []attr{
		text(unix.NFTA_SET_TABLE, table),
		text(unix.NFTA_SET_NAME, r.Name),
		be32(unix.NFTA_SET_FLAGS, unix.NFT_SET_EVAL),
		be32(unix.NFTA_SET_KEY_TYPE, r.keyType()),
		be32(unix.NFTA_SET_KEY_LEN, uint32(r.keyLength())),
		be32(unix.NFTA_SET_ID, id),
	}
	if r.Size > 0 {
		attrs = append(attrs, nested(unix.NFTA_SET_DESC, be32(unix.NFTA_SET_DESC_SIZE, uint32(r.Size))))
	}
	b.add(unix.NFT_MSG_NEWSET, "record "+r.Name, attrs...)
}

// expressions loads a record's key, adds it, and goes back. Where there is no room, or
// no memory, the rule ends before it goes back.
func (r Record) expressions() []expr.Any {
	const base = unix.NFT_REG32_00
	last := &expr.Meta{Key: expr.MetaKeyOIFNAME, Register: base + 4}
	if r.Last == ByMark {
		last.Key = expr.MetaKeyMARK
	}
	load := func(in expr.PayloadBase, register, offset uint32) expr.Any {
		return &expr.Payload{Base: in, DestRegister: register, Offset: offset, Len: registerLength}
	}
	return []expr.Any{
		load(expr.PayloadBaseNetworkHeader, base, offsetSource),
		load(expr.PayloadBaseNetworkHeader, base+1, offsetDestination),
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: base + 2},
		load(expr.PayloadBaseTransportHeader, base+3, 0),
		last,
		&expr.Dynset{SrcRegKey: base, SetName: r.Name, Operation: unix.NFT_DYNSET_OP_UPDATE, Exprs: []expr.Any{&expr.Counter{}}},
		&expr.Verdict{Kind: expr.VerdictReturn},
	}
}

// Packet is a kind of packet that a record keeps: its addresses, its protocol, the
// first four bytes of its transport header, and the record's detail. It is comparable.
type Packet struct {
	head [4 * registerLength]byte
	last [unix.IFNAMSIZ]byte
}

// NewPacket returns a kind of packet of TCP or UDP without details, as tests of those who
// read records need it.
func NewPacket(protocol Protocol, source, destination netip.AddrPort) Packet {
	p := newPacket(protocol, source.Addr(), destination.Addr())
	binary.BigEndian.PutUint16(p.head[12:], source.Port())
	binary.BigEndian.PutUint16(p.head[14:], destination.Port())
	return p
}

// NewMessage returns a kind of ICMP message, likewise.
func NewMessage(t ICMPType, source, destination netip.Addr) Packet {
	p := newPacket(ICMP, source, destination)
	p.head[12] = t.wire()
	return p
}

func newPacket(protocol Protocol, source, destination netip.Addr) (p Packet) {
	copy(p.head[0:], source.AsSlice())
	copy(p.head[4:], destination.AsSlice())
	p.head[8] = byte(protocol)
	return p
}

// Leaving returns the packet as it leaves by an interface.
func (p Packet) Leaving(by string) Packet {
	p.last = [unix.IFNAMSIZ]byte{}
	copy(p.last[:], by)
	return p
}

// Marked returns the packet with a mark.
func (p Packet) Marked(mark uint32) Packet {
	p.last = [unix.IFNAMSIZ]byte{}
	binary.NativeEndian.PutUint32(p.last[:], mark)
	return p
}

// Source returns the source address.
func (p Packet) Source() netip.Addr { return netip.AddrFrom4([4]byte(p.head[0:4])) }

// Destination returns the destination address.
func (p Packet) Destination() netip.Addr { return netip.AddrFrom4([4]byte(p.head[4:8])) }

// Protocol returns the protocol.
func (p Packet) Protocol() Protocol { return Protocol(p.head[8]) }

// SourcePort returns the source port of a packet of TCP or UDP.
func (p Packet) SourcePort() uint16 { return binary.BigEndian.Uint16(p.head[12:]) }

// DestinationPort returns the destination port of a packet of TCP or UDP.
func (p Packet) DestinationPort() uint16 { return binary.BigEndian.Uint16(p.head[14:]) }

// OutIface returns the interface that the packet leaves by, in a record ByOutIface.
func (p Packet) OutIface() string { return cString(p.last[:]) }

// Mark returns the packet's mark, in a record ByMark.
func (p Packet) Mark() uint32 { return binary.NativeEndian.Uint32(p.last[:]) }

// String prints the packet for messages.
func (p Packet) String() string {
	if p.Protocol() == ICMP {
		return fmt.Sprintf("icmp %s → %s type %d code %d", p.Source(), p.Destination(), p.head[12], p.head[13])
	}
	return fmt.Sprintf("%s %s:%d → %s:%d", p.Protocol(), p.Source(), p.SourcePort(), p.Destination(), p.DestinationPort())
}

// Is reports whether the packet satisfies the conditions of a match on single
// addresses, on the protocol, on single ports and on the type of an ICMP message. All
// others are no matter of what a record keeps.
func (p *Packet) Is(m *Match) bool {
	protocol := p.Protocol()
	switch {
	case m.Protocol != AnyProtocol && m.Protocol != protocol,
		m.Source.IsValid() && m.Source.Addr() != p.Source(),
		m.Destination.IsValid() && m.Destination.Addr() != p.Destination(),
		m.SourcePorts.First != 0 && m.SourcePorts.First != p.SourcePort(),
		m.DestinationPorts.First != 0 && m.DestinationPorts.First != p.DestinationPort(),
		m.ICMPType != AnyICMPType && m.ICMPType.wire() != p.head[12]:
		return false
	}
	return true
}

// Notes is a reading of a record: how many packets there were of each kind.
type Notes map[Packet]uint64

// Since returns what was noted between an earlier reading and this one.
func (n Notes) Since(earlier Notes) Notes {
	if len(earlier) == 0 {
		return n
	}
	moved := Notes{}
	for p, now := range n {
		before := earlier[p]
		if now < before {
			before = 0 // emptied in between
		}
		if now > before {
			moved[p] = now - before
		}
	}
	return moved
}

// Noted reads a record, in one request. The error matches fs.ErrNotExist when there is
// none. Safe for concurrent use.
func Noted(ns *netns.Namespace, table, record string) (Notes, error) {
	notes, _, err := noted(ns, table, record, "")
	return notes, err
}

// NotedAndCounted reads a record and what the rule of a name in its table has counted, in
// one request. The error matches fs.ErrNotExist when one of them is not there. Safe for
// concurrent use.
func NotedAndCounted(ns *netns.Namespace, table, record, rule string) (Notes, Count, error) {
	return noted(ns, table, record, rule)
}

func noted(ns *netns.Namespace, table, record, rule string) (notes Notes, count Count, err error) {
	s, err := socketOf(ns)
	for range dumpTries {
		if err != nil {
			break
		}
		if notes, count, err = s.noted(table, record, rule); !errors.Is(err, errInterrupted) {
			break
		}
		err = nil
	}
	if err == nil {
		return notes, count, nil
	}
	if errors.Is(err, unix.ENOENT) {
		err = errors.Join(err, fs.ErrNotExist)
	}
	return nil, Count{}, fmt.Errorf("read record %s of %s in %s: %w", record, table, ns, err)
}

func (s *socket) noted(table, record, rule string) (notes Notes, count Count, err error) {
	requests := []request{{
		kind: unix.NFT_MSG_GETSETELEM, flags: unix.NLM_F_DUMP, family: ipv4,
		attrs: []attr{text(unix.NFTA_SET_ELEM_LIST_TABLE, table), text(unix.NFTA_SET_ELEM_LIST_SET, record)},
		each:  func(_ byte, attrs []byte) { notes = notes.add(attrs) },
	}}
	if rule != "" {
		requests = append(requests, request{
			kind: unix.NFT_MSG_GETOBJ, family: ipv4,
			attrs: []attr{text(unix.NFTA_OBJ_TABLE, table), text(unix.NFTA_OBJ_NAME, rule), be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER)},
			each: func(_ byte, attrs []byte) {
				eachAttr(attrs, func(kind uint16, data []byte) {
					if kind == unix.NFTA_OBJ_DATA {
						count = decodeCount(data)
					}
				})
			},
		})
	}
	err = s.ask(requests...)
	return notes, count, err
}

// add takes what a message lists of a record.
func (n Notes) add(attrs []byte) Notes {
	eachAttr(attrs, func(kind uint16, list []byte) {
		if kind != unix.NFTA_SET_ELEM_LIST_ELEMENTS {
			return
		}
		eachAttr(list, func(_ uint16, element []byte) {
			if p, count, ok := decodeNote(element); ok {
				if n == nil {
					n = Notes{}
				}
				n[p] = count.Packets
			}
		})
	})
	return n
}

func decodeNote(element []byte) (p Packet, count Count, ok bool) {
	eachAttr(element, func(kind uint16, data []byte) {
		switch kind {
		case unix.NFTA_SET_ELEM_KEY:
			eachAttr(data, func(kind uint16, key []byte) {
				if kind == unix.NFTA_DATA_VALUE && len(key) > len(p.head) {
					copy(p.head[:], key)
					copy(p.last[:], key[len(p.head):])
					ok = true
				}
			})
		case unix.NFTA_SET_ELEM_EXPR:
			eachAttr(data, func(kind uint16, data []byte) {
				if kind == unix.NFTA_EXPR_DATA {
					count = decodeCount(data)
				}
			})
		}
	})
	return p, count, ok
}

// Clear empties a record. What is noted from then on counts from zero.
func Clear(ns *netns.Namespace, table, record string) error {
	s, err := socketOf(ns)
	if err == nil {
		b := newBatch()
		b.add(unix.NFT_MSG_DELSETELEM, "elements of record "+record,
			text(unix.NFTA_SET_ELEM_LIST_TABLE, table), text(unix.NFTA_SET_ELEM_LIST_SET, record))
		err = s.transact(b)
	}
	if err != nil {
		return fmt.Errorf("clear record %s of %s in %s: %w", record, table, ns, err)
	}
	return nil
}
