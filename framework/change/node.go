package change

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// onNode edits one node.
func onNode(w *topology.World, name string, edit func(n *topology.Node)) error {
	_, n, err := node(w, name)
	if err != nil {
		return err
	}
	edit(n)
	return nil
}

// CordonNode keeps new pods away from a node.
type CordonNode struct{ Node string }

// Apply implements Change.
func (c CordonNode) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.Cordoned = true })
}

// String implements Change.
func (c CordonNode) String() string { return "cordon " + c.Node }

// UncordonNode lets new pods onto a node again.
type UncordonNode struct{ Node string }

// Apply implements Change.
func (c UncordonNode) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.Cordoned = false })
}

// String implements Change.
func (c UncordonNode) String() string { return "uncordon " + c.Node }

// StopForwarding sets net.ipv4.ip_forward=0 on a node.
type StopForwarding struct{ Node string }

// Apply implements Change.
func (c StopForwarding) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.ForwardingOff = true })
}

// String implements Change.
func (c StopForwarding) String() string { return "turn off IP forwarding on " + c.Node }

// StartForwarding sets net.ipv4.ip_forward=1 on a node.
type StartForwarding struct{ Node string }

// Apply implements Change.
func (c StartForwarding) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.ForwardingOff = false })
}

// String implements Change.
func (c StartForwarding) String() string { return "turn on IP forwarding on " + c.Node }

// FillConntrack uses up a node's connection tracking table.
type FillConntrack struct{ Node string }

// Apply implements Change.
func (c FillConntrack) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.ConntrackFull = true })
}

// String implements Change.
func (c FillConntrack) String() string { return "fill the connection tracking table of " + c.Node }

// RaiseConntrack makes room in a node's connection tracking table.
type RaiseConntrack struct{ Node string }

// Apply implements Change.
func (c RaiseConntrack) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.ConntrackFull = false })
}

// String implements Change.
func (c RaiseConntrack) String() string { return "enlarge the connection tracking table of " + c.Node }

// LoseFragNeeded makes a node lose the messages that a packet is too big.
type LoseFragNeeded struct{ Node string }

// Apply implements Change.
func (c LoseFragNeeded) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.DropsFragNeeded = true })
}

// String implements Change.
func (c LoseFragNeeded) String() string { return "drop fragmentation-needed messages on " + c.Node }

// PassFragNeeded makes a node deliver those messages again.
type PassFragNeeded struct{ Node string }

// Apply implements Change.
func (c PassFragNeeded) Apply(w *topology.World) error {
	return onNode(w, c.Node, func(n *topology.Node) { n.DropsFragNeeded = false })
}

// String implements Change.
func (c PassFragNeeded) String() string { return "pass fragmentation-needed messages on " + c.Node }

// AddBlock gives a node of a tunnel cluster another block of addresses, as it
// gets one when the first is used up. A routed node keeps the block that it has.
//
// Source: cce_10_0282 and cce_10_0283.
type AddBlock struct {
	Node  string
	Block netip.Prefix
}

// Apply implements Change.
func (c AddBlock) Apply(w *topology.World) error {
	home, n, err := node(w, c.Node)
	if err != nil {
		return err
	}
	if home.Mode == topology.Routed {
		return fmt.Errorf("node %s of routed cluster %s keeps the one block that it was given", c.Node, home.Name)
	}
	n.MoreBlocks = append(n.MoreBlocks, c.Block)
	return nil
}

// String implements Change.
func (c AddBlock) String() string {
	return fmt.Sprintf("give node %s the block %s too", c.Node, c.Block)
}
