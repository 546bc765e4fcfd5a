// Package netnslab realises worlds with bare network namespaces, wired by the
// fabric: one per VPC router, host, node, pod, translator, load balancer and
// container of a host's engine. It needs no container engine and no Kubernetes,
// works as root or in a user namespace of its own, and builds a world in
// milliseconds.
//
// Its namespaces are anonymous: they live as long as the process and leave
// nothing behind, however it ends. Only when the lab is to be kept are they
// pinned under a directory.
//
// What it does not have is Kubernetes: no kubelet, no Services, no DNS.
package netnslab
