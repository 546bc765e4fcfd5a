// Package kindlab realises worlds with real kind clusters: real pods on real
// nodes, whose VPC is the fabric's, with a container for every cloud host and
// for every VPC's router.
//
// A Lab is one cluster in one mode, created once and used for every world: what
// a world changes is applied by difference, and what cannot be changed in a
// running cluster (its mode, its nodes, its Service CIDR) is answered with
// lab.ErrCannotHost. The kind network (eth0) is the management plane; breaking
// the VPC (eth1) never cuts the tester's own access.
//
// What Kubernetes and Docker do is theirs: Services are kube-proxy's, names
// CoreDNS's, a pod without an address is the kubelet's word, and a host's bridges
// are chosen by a Docker daemon that shares the host's network. Network policies
// are objects of the API, but nothing in the cluster enforces them: the fabric's
// rules on the nodes stand in for the platform's own component, in tunnel mode
// alone. Caches, databases and message brokers are real servers, each in a
// container that shares the network of its host and keeps what clients wrote as long
// as its instance is in the worlds; see recipe.go. Brokers of Kafka and inference
// services are package serve's, in this process: a kept lab has none until it is used
// again.
//
// It is no provisioner: the engine and the images are ready before Open, see
// framework/provision. It judges nothing: framework/lab/fabric asks and judges
// flows, and the lab lends it the agent of the asking endpoint. Runners and
// suites use it through the port framework/lab; only whoever chooses a lab may
// import this package.
//
//	l, err := kindlab.Open(ctx, kindlab.Options{Run: run, World: worlds.OneVPC(topology.Tunnel), ...})
//	if err != nil { ... }
//	defer l.Close(ctx)
//	err = l.Adopt(ctx, world)
//	seen, err := l.Ask(ctx, topology.Ping("pod-a", "ecs-25"))
package kindlab
