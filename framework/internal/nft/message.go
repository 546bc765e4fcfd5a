package nft

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// netfilterHeader is the length of the header that follows netlink's own.
const netfilterHeader = 4

// attr is a netlink attribute: a number, flags in its upper bits, and bytes.
type attr struct {
	kind uint16
	data []byte
}

func raw(kind uint16, data []byte) attr { return attr{kind: kind, data: data} }

func text(kind uint16, value string) attr {
	return attr{kind: kind, data: append([]byte(value), 0)}
}

func be32(kind uint16, value uint32) attr {
	return attr{kind: kind, data: binary.BigEndian.AppendUint32(nil, value)}
}

func nested(kind uint16, attrs ...attr) attr {
	var data []byte
	for _, a := range attrs {
		data = a.append(data)
	}
	return attr{kind: kind | unix.NLA_F_NESTED, data: data}
}

// append writes the attribute, padded to a multiple of four bytes.
func (a attr) append(b []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(unix.SizeofNlAttr+len(a.data)))
	b = binary.NativeEndian.AppendUint16(b, a.kind)
	b = append(b, a.data...)
	return append(b, make([]byte, align(len(a.data))-len(a.data))...)
}

// eachAttr calls f with each attribute of a message and its number without
// flags, until the bytes end or do not make sense.
func eachAttr(b []byte, f func(kind uint16, data []byte)) {
	for len(b) >= unix.SizeofNlAttr {
		length := int(binary.NativeEndian.Uint16(b))
		if length < unix.SizeofNlAttr || length > len(b) {
			return
		}
		const flags = unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER
		f(binary.NativeEndian.Uint16(b[2:])&^flags, b[unix.SizeofNlAttr:length])
		b = b[min(align(length), len(b)):]
	}
}

// cString returns the text before the final zero byte.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

func align(n int) int { return (n + 3) &^ 3 }

// batch is a list of messages that the kernel obeys together or not at all.
type batch struct {
	bytes []byte
	// what describes the message of each sequence number, for error messages.
	what []string
	last int // where the last message begins
}

// newBatch returns a batch that has only its opening.
func newBatch() *batch {
	b := &batch{}
	b.message(unix.NFNL_MSG_BATCH_BEGIN, "begin", unix.NFPROTO_UNSPEC, unix.NFNL_SUBSYS_NFTABLES)
	return b
}

// add appends a message of the nftables subsystem.
func (b *batch) add(kind uint16, what string, attrs ...attr) {
	b.message(unix.NFNL_SUBSYS_NFTABLES<<8|kind, what, ipv4, 0, attrs...)
}

// end closes the batch and returns its bytes. Only the last message asks for an
// answer: a thousand answers would not fit into the socket's receive buffer,
// and errors are reported whether asked for or not.
func (b *batch) end() []byte {
	flags := binary.NativeEndian.Uint16(b.bytes[b.last+6:])
	binary.NativeEndian.PutUint16(b.bytes[b.last+6:], flags|unix.NLM_F_ACK)
	b.message(unix.NFNL_MSG_BATCH_END, "end", unix.NFPROTO_UNSPEC, unix.NFNL_SUBSYS_NFTABLES)
	return b.bytes
}

func (b *batch) message(kind uint16, what string, family byte, resource uint16, attrs ...attr) {
	b.last = len(b.bytes)
	b.bytes = appendMessage(b.bytes, kind, unix.NLM_F_REQUEST|unix.NLM_F_CREATE|unix.NLM_F_APPEND,
		uint32(len(b.what)), family, resource, attrs...)
	b.what = append(b.what, what)
}

// appendMessage writes one netfilter message: the netlink header, the netfilter
// header and attributes.
func appendMessage(b []byte, kind, flags uint16, seq uint32, family byte, resource uint16, attrs ...attr) []byte {
	begin := len(b)
	b = binary.NativeEndian.AppendUint32(b, 0) // the length, known at the end
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0) // the port, filled in by the kernel
	b = append(b, family, unix.NFNETLINK_V0)
	b = binary.BigEndian.AppendUint16(b, resource)
	for _, a := range attrs {
		b = a.append(b)
	}
	binary.NativeEndian.PutUint32(b[begin:], uint32(len(b)-begin))
	return b
}
