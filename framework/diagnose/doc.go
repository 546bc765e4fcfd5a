// Package diagnose finds the layer at fault behind a flow that fails, from
// evidence alone: it asks a lab the flow, looks at the counters that moved, and
// asks further flows where those do not tell. It knows how the world is built,
// as whoever runs it does, and never how it was before it broke.
//
// It walks the order of the page "Configuring Intra-VPC Access": the security
// group of the peer, its whitelist, a container engine on it; then routes, network
// ACLs, the node, and whatever else stands on the way. It changes nothing.
//
//	d, err := diagnose.Walk(ctx, lab, topology.OverTCP("pod-a", "ecs-25", 80))
//	fmt.Println(d.Layer, d.Remedy)
package diagnose
