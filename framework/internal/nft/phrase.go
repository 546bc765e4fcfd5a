package nft

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"
)

// phrases puts the rules of one table into words.
type phrases struct {
	counters Counts
	// sets are those without a name of their own, as text.
	sets map[string]string
	// named are the others, as blocks.
	named []string
}

// operand is what a register of the rule machine holds.
type operand struct {
	// words is what was loaded, kind what its bytes mean.
	words, kind string
	mask, data  []byte
	xor         []byte
}

// phrase is a rule on its way into words.
type phrase struct {
	phrases
	words []string
	at    map[uint32]operand
	// loaded are the registers that nothing has compared yet, in order: a key that
	// is put together is loaded into several.
	loaded []uint32
	// protocol is that of the transport header, once the rule has compared it.
	protocol string
}

// rule puts a rule into words, in the order of its conditions.
func (p phrases) rule(r listed) string {
	w := &phrase{phrases: p, at: map[uint32]operand{}}
	eachAttr(r.expressions, func(_ uint16, element []byte) {
		var name string
		var data []byte
		eachAttr(element, func(kind uint16, bytes []byte) {
			switch kind {
			case unix.NFTA_EXPR_NAME:
				name = cString(bytes)
			case unix.NFTA_EXPR_DATA:
				data = bytes
			}
		})
		w.expression(r.family, name, data)
	})
	if comment, ok := userdata.GetString(r.userdata, userdata.TypeComment); ok {
		w.say("comment %q", strings.TrimRight(comment, "\x00"))
	}
	return strings.Join(w.words, " ")
}

func (w *phrase) say(format string, args ...any) {
	w.words = append(w.words, fmt.Sprintf(format, args...))
}

// expression says one step of the rule machine.
func (w *phrase) expression(family byte, name string, data []byte) {
	if name == "byteorder" {
		return // the operand stays what it is
	}
	e := kindOf(name)
	if name == "immediate" {
		e = immediateOf(family, data)
	}
	if e == nil || expr.Unmarshal(family, data, e) != nil {
		w.say("[%s]", name)
		return
	}
	switch e := e.(type) {
	case *expr.Meta, *expr.Payload, *expr.Ct, *expr.Immediate, *expr.Bitwise, *expr.Fib, *expr.Numgen:
		w.load(e)
	case *expr.Cmp:
		w.compare(e)
	case *expr.Range:
		w.say("%s %s%s-%s", w.take(e.Register).words, sign(e.Op), dataText(w.at[e.Register].kind, e.FromData), dataText(w.at[e.Register].kind, e.ToData))
	case *expr.Lookup:
		w.lookup(e)
	case *expr.Counter:
		w.say("counter packets %d bytes %d", e.Packets, e.Bytes)
	case *expr.Objref:
		c := w.counters[e.Name]
		w.say("counter name %q packets %d bytes %d", e.Name, c.Packets, c.Bytes)
	case *expr.Match:
		if comment, ok := e.Info.(*xt.Comment); ok {
			w.say("/* %s */", string(*comment))
			return
		}
		w.say("[match %s]", e.Name)
	case *expr.Target:
		w.say("[target %s]", e.Name)
	case *expr.Exthdr:
		w.extension(e)
	case *expr.Dynset:
		w.say("update @%s { %s counter }", e.SetName, w.loadedKey())
	default:
		w.end(e)
	}
}

// end says what becomes of the packet.
func (w *phrase) end(e expr.Any) {
	switch e := e.(type) {
	case *expr.Verdict:
		w.say("%s", verdictText(e))
	case *expr.NAT:
		w.translate(e)
	case *expr.Masq:
		w.say("masquerade")
	case *expr.Redir:
		w.say("redirect")
	case *expr.Notrack:
		w.say("notrack")
	case *expr.Reject:
		if e.Type == unix.NFT_REJECT_TCP_RST {
			w.say("reject with tcp reset")
			return
		}
		w.say("reject with icmp code %d", e.Code)
	case *expr.Limit:
		w.say("limit rate %d", e.Rate)
	case *expr.Log:
		w.say("log prefix %q", strings.TrimRight(string(e.Data), "\x00"))
	default:
		w.say("[%T]", e)
	}
}

// load puts what an expression reads into its register, or says what it writes.
func (w *phrase) load(e expr.Any) {
	switch e := e.(type) {
	case *expr.Meta:
		if e.SourceRegister {
			if to := metaOperand(e.Key); to.kind == kindClass {
				w.say("%s set %s", to.words, dataText(kindClass, w.take(e.Register).data))
				return
			}
			w.setMark("meta mark", w.at[e.Register])
			return
		}
		w.put(e.Register, metaOperand(e.Key))
	case *expr.Payload:
		w.put(e.DestRegister, w.payload(e))
	case *expr.Ct:
		if e.SourceRegister {
			w.setMark("ct mark", w.at[e.Register])
			return
		}
		w.put(e.Register, ctOperand(e.Key))
	case *expr.Immediate:
		w.at[e.Register] = operand{data: slices.Clone(e.Data)}
	case *expr.Bitwise:
		o := w.at[e.SourceRegister]
		o.mask, o.xor = slices.Clone(e.Mask), slices.Clone(e.Xor)
		w.at[e.DestRegister] = o
	case *expr.Fib:
		w.put(e.Register, operand{words: "fib daddr type", kind: kindNumber})
	case *expr.Numgen:
		w.put(e.Register, operand{words: fmt.Sprintf("numgen random mod %d", e.Modulus), kind: kindNumber})
	}
}

func (w *phrase) put(register uint32, o operand) {
	w.at[register] = o
	w.loaded = append(w.loaded, register)
}

// take returns what a register holds, which is compared now.
func (w *phrase) take(register uint32) operand {
	w.loaded = slices.DeleteFunc(w.loaded, func(r uint32) bool { return r == register })
	return w.at[register]
}

func (w *phrase) setMark(what string, o operand) {
	switch {
	case o.data != nil:
		w.say("%s set %s", what, dataText(kindMark, o.data))
	case len(o.mask) > 0:
		w.say("%s set %s & %s | %s", what, o.words, dataText(kindMark, o.mask), dataText(kindMark, o.xor))
	default:
		w.say("%s set %s", what, o.words)
	}
}

// compare says a condition, a masked address as a prefix and a set of bits by name.
func (w *phrase) compare(e *expr.Cmp) {
	o := w.take(e.Register)
	if o.words == "meta l4proto" && e.Op == expr.CmpOpEq {
		w.protocol = dataText(o.kind, e.Data)
	}
	switch {
	case o.kind == kindStates || o.kind == kindStatuses:
		w.say("%s %s", o.words, dataText(o.kind, orBytes(o.mask, e.Data)))
	case o.kind == kindAddress && len(o.mask) > 0:
		w.say("%s %s%s/%d", o.words, sign(e.Op), dataText(o.kind, e.Data), ones(o.mask))
	case o.kind == kindAddress && len(e.Data) < addressLength:
		padded := append(slices.Clone(e.Data), make([]byte, addressLength-len(e.Data))...)
		w.say("%s %s%s/%d", o.words, sign(e.Op), dataText(o.kind, padded), 8*len(e.Data))
	case o.kind == kindFlags:
		w.say("%s & %s %s %#x", o.words, TCPFlags(first(o.mask)), comparison(e.Op), first(e.Data))
	case len(o.mask) > 0:
		w.say("%s & %s %s %s", o.words, dataText(o.kind, o.mask), comparison(e.Op), dataText(o.kind, e.Data))
	case e.Op == expr.CmpOpLte && len(w.words) > 0 && strings.HasPrefix(w.words[len(w.words)-1], o.words+" >= "):
		from := strings.TrimPrefix(w.words[len(w.words)-1], o.words+" >= ")
		w.words[len(w.words)-1] = fmt.Sprintf("%s %s-%s", o.words, from, dataText(o.kind, e.Data))
	default:
		w.say("%s %s%s", o.words, sign(e.Op), dataText(o.kind, e.Data))
	}
}

// lookup says what is sought in a set, and what is found there.
func (w *phrase) lookup(e *expr.Lookup) {
	key, set := w.loadedKey(), "@"+e.SetName
	if text, ok := w.sets[e.SetName]; ok {
		set = text
	}
	switch {
	case e.IsDestRegSet && e.DestRegister == unix.NFT_REG_VERDICT:
		w.say("%s vmap %s", key, set)
	case e.IsDestRegSet:
		w.at[e.DestRegister] = operand{words: fmt.Sprintf("%s map %s", key, set)}
	case e.Invert:
		w.say("%s != %s", key, set)
	default:
		w.say("%s %s", key, set)
	}
}

// loadedKey takes what was loaded since the last comparison, as one key.
func (w *phrase) loadedKey() string {
	keys := make([]string, len(w.loaded))
	for i, r := range w.loaded {
		keys[i] = w.at[r].words
	}
	w.loaded = nil
	return strings.Join(keys, " . ")
}

func (w *phrase) translate(e *expr.NAT) {
	kind := "snat"
	if e.Type == expr.NATTypeDestNAT {
		kind = "dnat"
	}
	to := w.at[e.RegAddrMin]
	text := to.words
	if address, ok := netip.AddrFromSlice(to.data); ok {
		text = address.String()
		if port := w.at[e.RegProtoMin].data; e.RegProtoMin != 0 && len(port) >= portLength {
			text = netip.AddrPortFrom(address, binary.BigEndian.Uint16(port)).String()
		}
	}
	w.say("%s to %s", kind, text)
}

func (w *phrase) extension(e *expr.Exthdr) {
	if e.Op == expr.ExthdrOpTcpopt && e.Type == optionSegmentSize && e.SourceRegister != 0 {
		w.say("tcp option maxseg size set %s", dataText(kindPort, w.at[e.SourceRegister].data))
		return
	}
	w.say("[exthdr %d]", e.Type)
}

// payload names a field of a header.
func (w *phrase) payload(e *expr.Payload) operand {
	protocol := w.protocol
	if protocol == "" {
		protocol = "th"
	}
	switch field := [3]uint32{uint32(e.Base), e.Offset, e.Len}; {
	case e.Base == expr.PayloadBaseNetworkHeader && e.Offset == offsetSource && e.Len <= addressLength:
		return operand{words: "ip saddr", kind: kindAddress}
	case e.Base == expr.PayloadBaseNetworkHeader && e.Offset == offsetDestination && e.Len <= addressLength:
		return operand{words: "ip daddr", kind: kindAddress}
	case field == [3]uint32{unix.NFT_PAYLOAD_NETWORK_HEADER, 9, 1}:
		return operand{words: "ip protocol", kind: kindProtocol}
	case field == [3]uint32{unix.NFT_PAYLOAD_TRANSPORT_HEADER, offsetSourcePort, portLength}:
		return operand{words: protocol + " sport", kind: kindPort}
	case field == [3]uint32{unix.NFT_PAYLOAD_TRANSPORT_HEADER, offsetDestPort, portLength}:
		return operand{words: protocol + " dport", kind: kindPort}
	case field == [3]uint32{unix.NFT_PAYLOAD_TRANSPORT_HEADER, offsetTCPFlags, 1}:
		return operand{words: "tcp flags", kind: kindFlags}
	case field == [3]uint32{unix.NFT_PAYLOAD_TRANSPORT_HEADER, offsetICMPType, 1}:
		return operand{words: "icmp type", kind: kindMessage}
	case field == [3]uint32{unix.NFT_PAYLOAD_TRANSPORT_HEADER, offsetICMPCode, 1}:
		return operand{words: "icmp code", kind: kindCode}
	default:
		base := map[expr.PayloadBase]string{
			expr.PayloadBaseLLHeader: "ll", expr.PayloadBaseNetworkHeader: "nh", expr.PayloadBaseTransportHeader: "th",
		}[e.Base]
		return operand{words: fmt.Sprintf("@%s,%d,%d", base, 8*e.Offset, 8*e.Len)}
	}
}
