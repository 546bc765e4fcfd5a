package nodeimage

import (
	"fmt"
	"strings"
)

// program is one binary of the node, compiled from the module of components.
type program struct {
	// name is the file's name.
	name string
	// runtime reports that it belongs to the container runtime's module, which is
	// apart because it does not follow the Kubernetes version.
	runtime bool
	// pkg is the package to compile, "./…" for one of the module's own.
	pkg string
	// tags are build tags that leave out what a node has no use for.
	tags string
	// stamp returns the linker's -X assignments for a Kubernetes version.
	stamp func(version string) []string
	// path is where the node has it; empty for what only the build uses.
	path string
}

// runtimeFolder is where that module is in the module of components.
const runtimeFolder = "runtime"

// noSnapshotters leaves out containerd's snapshotters that a node cannot use.
const noSnapshotters = "no_aufs,no_zfs,no_btrfs,no_devmapper"

// programs returns every program in the order of compilation: the longest
// first, so that what follows finds its packages compiled.
func programs() []program {
	const containerd = "github.com/containerd/containerd/v2/cmd/"
	const plugins = "github.com/containernetworking/plugins/plugins/"
	return []program{
		{name: "kubernetes", pkg: "./cmd/kubernetes", stamp: kubernetesVersion, path: "usr/bin/kubernetes"},
		{name: "coredns", pkg: "./cmd/coredns"},
		{name: "etcd", pkg: "go.etcd.io/etcd/server/v3"},
		{name: "pause", pkg: "./cmd/pause"},
		{name: "containerd", runtime: true, pkg: containerd + "containerd", tags: noSnapshotters, path: "usr/local/bin/containerd"},
		{name: "containerd-shim-runc-v2", runtime: true, pkg: containerd + "containerd-shim-runc-v2", tags: noSnapshotters, path: "usr/local/bin/containerd-shim-runc-v2"},
		{name: "ctr", runtime: true, pkg: containerd + "ctr", tags: noSnapshotters, path: "usr/local/bin/ctr"},
		{name: "imagestore", runtime: true, pkg: "./imagestore", tags: noSnapshotters},
		{name: "host-local", runtime: true, pkg: plugins + "ipam/host-local", path: "opt/cni/bin/host-local"},
		{name: "loopback", runtime: true, pkg: plugins + "main/loopback", path: "opt/cni/bin/loopback"},
		{name: "ptp", runtime: true, pkg: plugins + "main/ptp", path: "opt/cni/bin/ptp"},
		{name: "portmap", runtime: true, pkg: plugins + "meta/portmap", path: "opt/cni/bin/portmap"},
	}
}

// args returns the arguments of `go` that compile the program, without the
// output file. Neither symbols nor DWARF are kept: compiling without DWARF is
// what brings the largest program from twenty minutes to ten.
func (p program) args(version string) []string {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"}
	if p.tags != "" {
		args = append(args, "-tags", p.tags)
	}
	ldflags := "-s -w"
	if p.stamp != nil {
		for _, x := range p.stamp(version) {
			ldflags += " -X " + x
		}
	}
	return append(args, "-ldflags", ldflags)
}

// kubernetesVersion stamps what the components answer when asked for their
// version, which kubeadm compares and refuses to do without.
func kubernetesVersion(version string) []string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	var stamps []string
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		stamps = append(stamps,
			fmt.Sprintf("%s.gitVersion=%s", pkg, version),
			fmt.Sprintf("%s.gitMajor=%s", pkg, major),
			fmt.Sprintf("%s.gitMinor=%s", pkg, minor),
			fmt.Sprintf("%s.gitTreeState=clean", pkg))
	}
	return stamps
}
