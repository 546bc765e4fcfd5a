package nft

import (
	"encoding/binary"
	"fmt"
	mathbits "math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// What the bytes of an operand mean. Those that sets have are the library's words.
const (
	kindAddress   = "ipv4_addr"
	kindAddress6  = "ipv6_addr"
	kindProtocol  = "inet_proto"
	kindPort      = "inet_service"
	kindMark      = "mark"
	kindInterface = "ifname"
	kindStates    = "ct_state"
	kindStatuses  = "ct_status"
	kindDirection = "ct_dir"
	kindFlags     = "tcp_flag"
	kindMessage   = "icmp_type"
	kindCode      = "icmp_code"
	kindNumber    = "number"
	kindLength    = "length"
	kindClass     = "class"
)

// dataText writes bytes by their meaning, and those of no known one as they are.
func dataText(kind string, data []byte) string {
	switch {
	case kind == kindAddress && len(data) == addressLength, kind == kindAddress6 && len(data) == 16:
		a, _ := netip.AddrFromSlice(data)
		return a.String()
	case kind == kindProtocol && len(data) > 0:
		return Protocol(data[0]).String()
	case kind == kindPort && len(data) >= portLength:
		return number(int(binary.BigEndian.Uint16(data)))
	case kind == kindInterface:
		return fmt.Sprintf("%q", cString(data))
	case kind == kindMark && len(data) == 4:
		return fmt.Sprintf("%#x", binary.NativeEndian.Uint32(data))
	case kind == kindClass && len(data) == 4:
		class := binary.NativeEndian.Uint32(data)
		return fmt.Sprintf("%x:%x", class>>16, class&0xffff)
	case kind == kindNumber && len(data) == 4:
		return number(int(binary.NativeEndian.Uint32(data)))
	case kind == kindLength && len(data) == 4:
		return number(int(binary.BigEndian.Uint32(data)))
	case kind == kindStates && len(data) == 4:
		return CtState(binary.NativeEndian.Uint32(data)).String()
	case kind == kindStatuses && len(data) == 4:
		return CtStatus(binary.NativeEndian.Uint32(data)).String()
	case kind == kindDirection && len(data) > 0:
		return (Original + CtDirection(data[0])).String()
	case kind == kindMessage && len(data) == 1:
		return messageText(data[0])
	case kind == kindCode && len(data) == 1 && data[0] == icmpFragmentationNeeded:
		return "frag-needed"
	default:
		return fmt.Sprintf("%#x", data)
	}
}

func messageText(wire byte) string {
	for _, t := range []ICMPType{EchoRequest, EchoReply, DestinationUnreachable, TimeExceeded} {
		if t.wire() == wire {
			return t.String()
		}
	}
	return number(int(wire))
}

func metaOperand(k expr.MetaKey) operand {
	switch k {
	case expr.MetaKeyIIFNAME:
		return operand{words: "iifname", kind: kindInterface}
	case expr.MetaKeyOIFNAME:
		return operand{words: "oifname", kind: kindInterface}
	case expr.MetaKeyL4PROTO:
		return operand{words: "meta l4proto", kind: kindProtocol}
	case expr.MetaKeyMARK:
		return operand{words: "meta mark", kind: kindMark}
	case expr.MetaKeyPRIORITY:
		return operand{words: "meta priority", kind: kindClass}
	case expr.MetaKeyLEN:
		return operand{words: "meta length", kind: kindLength}
	case expr.MetaKeyNFPROTO:
		return operand{words: "meta nfproto"}
	default:
		return operand{words: fmt.Sprintf("meta key %d", k)}
	}
}

func ctOperand(k expr.CtKey) operand {
	switch k {
	case expr.CtKeySTATE:
		return operand{words: "ct state", kind: kindStates}
	case expr.CtKeyDIRECTION:
		return operand{words: "ct direction", kind: kindDirection}
	case expr.CtKeySTATUS:
		return operand{words: "ct status", kind: kindStatuses}
	case expr.CtKeyMARK:
		return operand{words: "ct mark", kind: kindMark}
	default:
		return operand{words: fmt.Sprintf("ct key %d", k)}
	}
}

func verdictText(v *expr.Verdict) string {
	switch v.Kind {
	case expr.VerdictAccept:
		return "accept"
	case expr.VerdictDrop:
		return "drop"
	case expr.VerdictReturn:
		return "return"
	case expr.VerdictJump:
		return "jump " + strings.TrimRight(v.Chain, "\x00")
	case expr.VerdictGoto:
		return "goto " + strings.TrimRight(v.Chain, "\x00")
	default:
		return fmt.Sprintf("[verdict %d]", v.Kind)
	}
}

// kindOf is an empty expression of a name, nil for one that is not known here.
func kindOf(name string) expr.Any {
	known := map[string]expr.Any{
		"meta": &expr.Meta{}, "cmp": &expr.Cmp{}, "payload": &expr.Payload{}, "bitwise": &expr.Bitwise{},
		"lookup": &expr.Lookup{}, "immediate": &expr.Immediate{}, "counter": &expr.Counter{}, "objref": &expr.Objref{},
		"ct": &expr.Ct{}, "range": &expr.Range{}, "nat": &expr.NAT{}, "masq": &expr.Masq{}, "redir": &expr.Redir{},
		"reject": &expr.Reject{}, "limit": &expr.Limit{}, "log": &expr.Log{}, "fib": &expr.Fib{}, "numgen": &expr.Numgen{},
		"match": &expr.Match{}, "target": &expr.Target{}, "exthdr": &expr.Exthdr{},
		"notrack": &expr.Notrack{}, "dynset": &expr.Dynset{},
	}
	return known[name]
}

// immediateOf tells a verdict from another value: it is of the verdict's register.
func immediateOf(family byte, data []byte) expr.Any {
	var e expr.Immediate
	if err := expr.Unmarshal(family, data, &e); err == nil && e.Register == unix.NFT_REG_VERDICT {
		return &expr.Verdict{}
	}
	return &expr.Immediate{}
}

// sign is what stands before what something is compared with.
func sign(op expr.CmpOp) string {
	if op == expr.CmpOpEq {
		return ""
	}
	return comparison(op) + " "
}

func comparison(op expr.CmpOp) string {
	switch op {
	case expr.CmpOpNeq:
		return "!="
	case expr.CmpOpLt:
		return "<"
	case expr.CmpOpLte:
		return "<="
	case expr.CmpOpGt:
		return ">"
	case expr.CmpOpGte:
		return ">="
	default:
		return "=="
	}
}

func ones(mask []byte) int {
	n := 0
	for _, b := range mask {
		n += mathbits.OnesCount8(b)
	}
	return n
}

// orBytes is the mask where there is one: of a set of bits, any is meant.
func orBytes(mask, data []byte) []byte {
	if len(mask) > 0 {
		return mask
	}
	return slices.Clone(data)
}

func first(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}
