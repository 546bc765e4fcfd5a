// Package topology is the world on paper: VPCs, subnets, route tables,
// peerings, security groups, hosts, clusters and pods, and the questions
// (flows) that can be asked of them.
//
// It is pure data: no I/O, no clock, no kernel. Worlds are compared, cloned,
// validated and printed here; what they mean is the oracle's business
// (framework/lab/paperlab), how they are realised is a lab's.
//
// Anybody may import it; it imports the standard library and a YAML codec only.
//
//	w := topology.World{
//		Name: "one-vpc",
//		VPCs: []topology.VPC{{Name: "vpc-demo", ...}},
//	}
//	if err := w.Validate(); err != nil { ... }
package topology
