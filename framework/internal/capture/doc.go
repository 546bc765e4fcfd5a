// Package capture records a flow's packets at several hops at once and writes them
// as one pcapng file, which Wireshark opens, with an interface per hop and device.
//
// A Tap is a packet socket of a network namespace that hears every device there. It
// works as root and in a user namespace alike, changes nothing, and takes its time
// stamps from the kernel, so that the hops' packets are in the order in which they
// happened. What a Filter does not recognise as the flow's is not kept. Filter and
// Write are pure. Only the fabric and the wire labs may import it.
package capture
