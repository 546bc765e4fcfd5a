package engine

// Patches are what a kind configuration needs on a particular host, as the
// texts that kind merges.
type Patches struct {
	// Kubeadm goes into kubeadmConfigPatches.
	Kubeadm []string
	// Containerd goes into containerdConfigPatches.
	Containerd []string
}

// KindPatches returns the patches that clusters need on a host of these facts.
// A plain workstation needs none.
//
//   - On cgroup v1 the kubelet refuses to start unless told not to.
//   - Without CAP_SYS_RESOURCE the kubelet cannot raise its limits nor write
//     some kernel settings, which it forgives only in a user namespace, and
//     containerd cannot lower the memory killer's scores. The built node image
//     says the latter already; a pulled one does not.
func KindPatches(f Facts) Patches {
	var p Patches
	if f.CgroupVersion == "1" {
		p.Kubeadm = append(p.Kubeadm, "kind: KubeletConfiguration\nfailCgroupV1: false\n")
	}
	for _, missing := range f.MissingCapabilities {
		if missing == "CAP_SYS_RESOURCE" {
			p.Kubeadm = append(p.Kubeadm, "kind: KubeletConfiguration\nfeatureGates:\n  KubeletInUserNamespace: true\n")
			p.Containerd = append(p.Containerd,
				"[plugins.\"io.containerd.grpc.v1.cri\"]\n  restrict_oom_score_adj = true\n")
		}
	}
	return p
}
