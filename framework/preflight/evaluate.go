package preflight

import (
	"fmt"
	"strings"
)

// What clusters take, measured: two clusters of two nodes use 1.3 GB of memory;
// the image, the build's cache and the nodes take some 6 GB of disk, of which
// the Go build cache is half.
const (
	gigabyte   = 1 << 30
	wantMemory = 3 * gigabyte
	wantDisk   = 10 * gigabyte
)

// Where things are documented.
const (
	docHosts = "framework/DESIGN.md, Hosts"
	docImage = "fixtures/images/node/README.md"
	docKind  = "https://kind.sigs.k8s.io/docs/user/quick-start/"
)

// Evaluate returns what the facts mean. It is pure.
func Evaluate(f Facts) Report {
	return Report{Findings: []Finding{
		{Name: "kernel", State: OK, Detail: strings.TrimSpace(f.Kernel + " " + f.Distribution)},
		privileges(f),
		kernelFeature("network namespaces", f.Namespaces, "every node, peer and router of the netns lab is one", Netns, Kind),
		kernelFeature("veth", f.Veth, "every network card of a world is a pair of them", Netns, Kind),
		kernelFeature("nftables", f.Nftables, "security groups, route tables and evidence are its rules and counters", Netns, Kind),
		kernelFeature("vxlan", f.Vxlan, "tunnel mode carries pods' packets in it", Netns, Kind),
		cgroup(f), capabilities(f), engineState(f), nodeImage(f), furtherImages(f), compiler(f),
		amount("memory", f.MemoryFree, wantMemory, "two clusters of two nodes run beside each other", "run one mode at a time (MODE=tunnel, MODE=routed)"),
		amount("disk", f.DiskFree, wantDisk, "the node image, its build and the nodes take it", "point VPCGATE_CACHE elsewhere, or clear the Go build cache"),
	}}
}

// privileges evaluates how network namespaces may be made.
func privileges(f Facts) Finding {
	finding := Finding{Name: "privileges", State: OK, Detail: "root"}
	switch {
	case f.Root:
		return finding
	case f.UserNamespaces.Support == No:
		finding.State, finding.Detail, finding.Stops = Missing, "an ordinary user without user namespaces", []Lab{Netns, Kind}
		finding.Gap = &Gap{
			What:  "the right to make network namespaces (" + f.UserNamespaces.Why + ")",
			Why:   "the netns and kind labs build their networks in them",
			How:   "run as root, or allow user namespaces (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)",
			Where: docHosts,
		}
	default:
		finding.State, finding.Detail, finding.Stops = Limited, "an ordinary user, with user namespaces", []Lab{Kind}
		finding.Gap = &Gap{
			What:  "root",
			Why:   "the kind lab puts network cards into containers, which only root may enter",
			How:   "run the kind lab as root; the netns lab works as it is",
			Where: docHosts,
		}
	}
	return finding
}

// kernelFeature evaluates something that the kernel has or has not.
func kernelFeature(name string, try Try, why string, stops ...Lab) Finding {
	switch try.Support {
	case Yes:
		return Finding{Name: name, State: OK, Detail: "works"}
	case No:
		return Finding{
			Name: name, State: Missing, Detail: try.Why, Stops: stops,
			Gap: &Gap{What: "the kernel's " + name, Why: why, How: "load or build the kernel module, or use another kernel", Where: docHosts},
		}
	default:
		return Finding{
			Name: name, State: Limited, Detail: "not tried",
			Gap: &Gap{What: "an answer: " + try.Why, Why: why, How: "run the doctor as root", Where: docHosts},
		}
	}
}

// cgroup evaluates the control groups, of which version 1 needs a patch.
func cgroup(f Facts) Finding {
	finding := Finding{Name: "cgroup", State: OK, Detail: "version " + f.Cgroup}
	switch f.Cgroup {
	case "2":
	case "1":
		finding.State = Limited
		finding.Gap = &Gap{
			What:  "cgroup version 2",
			Why:   "the kubelet refuses version 1 from Kubernetes 1.35 on",
			How:   "nothing to do: clusters are created with failCgroupV1: false",
			Where: docHosts,
		}
	default:
		finding.State, finding.Detail, finding.Stops = Missing, "none mounted", []Lab{Kind}
		finding.Gap = &Gap{
			What: "control groups under /sys/fs/cgroup", Why: "every container and every pod lives in one",
			How: "mount them as your distribution does", Where: docKind,
		}
	}
	return finding
}

// capabilities evaluates what this host can never hand on to containers.
func capabilities(f Facts) Finding {
	if !f.Root {
		return Finding{Name: "capabilities", State: OK, Detail: "an ordinary user's"}
	}
	if len(f.MissingCapabilities) == 0 {
		return Finding{Name: "capabilities", State: OK, Detail: "all"}
	}
	missing := strings.Join(f.MissingCapabilities, ", ")
	return Finding{
		Name: "capabilities", State: Limited, Detail: "all but " + missing,
		Gap: &Gap{
			What:  missing,
			Why:   "an engine asks for every capability when it starts a privileged container, and each kind node is one",
			How:   "nothing to do: the engine that vpcgate starts asks only for what the host has, and clusters are created to match",
			Where: docHosts,
		},
	}
}

// engineState evaluates the engine.
func engineState(f Facts) Finding {
	gap := &Gap{What: "a running container engine", Why: "kind's nodes are its containers", Where: docKind}
	finding := Finding{Name: "engine", State: Prepared, Detail: "installed, not running", Gap: gap}
	switch {
	case f.Engine == EngineRunning && f.EngineProblem == "":
		return Finding{Name: "engine", State: OK, Detail: "Docker " + f.EngineVersion}
	case f.Engine == EngineRunning:
		gap.What, gap.Where = f.EngineProblem, docHosts
		gap.How = "stop that engine, and vpcgate starts its own, which leaves the host's configuration alone"
		return Finding{Name: "engine", State: Missing, Detail: "Docker " + f.EngineVersion + ", without privileged containers", Gap: gap, Stops: []Lab{Kind}}
	case f.Engine == EngineForbidden:
		gap.What, gap.How = "the right to use the engine that runs", "run as root"
		return Finding{Name: "engine", State: Missing, Detail: "runs, but not for this user", Gap: gap, Stops: []Lab{Kind}}
	case f.Engine == EngineInstalled && f.Root:
		gap.How = "nothing to do: a kind run starts it"
	case f.Engine == EngineAbsent && f.CanInstall:
		finding.Detail = "not installed"
		gap.How = "nothing to do: a kind run installs Debian's docker.io and starts it"
	default:
		finding.State, finding.Stops = Missing, []Lab{Kind}
		gap.How = "install Docker and start it"
		if f.Engine == EngineAbsent {
			finding.Detail = "not installed"
		}
	}
	return finding
}

// nodeImage evaluates whether the node image is there or can be made.
func nodeImage(f Facts) Finding {
	if f.NodeImage != "" {
		return Finding{Name: "node image", State: OK, Detail: f.NodeImage}
	}
	finding := Finding{
		Name: "node image", State: Prepared, Detail: "not at hand for Kubernetes " + f.K8sVersion,
		Gap: &Gap{
			What: "the image of kind's nodes", Why: "nodes, gateways and peers run from it",
			How: "nothing to do: a kind run pulls it, or else builds it in a quarter of an hour, once", Where: docImage,
		},
	}
	if !f.Mmdebstrap && !f.CanInstall {
		finding.State = Limited
		finding.Gap.How = "a kind run pulls it; where no registry answers, it is built, which takes mmdebstrap: install that"
	}
	return finding
}

// furtherImages evaluates the images that only some scenarios need.
func furtherImages(f Facts) Finding {
	const name = "further images"
	if len(f.MissingImages) == 0 {
		return Finding{Name: name, State: OK, Detail: "at hand"}
	}
	finding := Finding{
		Name: name, State: Prepared, Detail: "not at hand: " + strings.Join(f.MissingImages, ", "),
		Gap: &Gap{
			What:  "the images of " + strings.Join(f.MissingImages, ", "),
			Why:   "hosts' container engines and managed services run from them, in the scenarios that have some",
			How:   "nothing to do: a kind run that needs one makes it beside its clusters, in less than a minute, once",
			Where: docHosts,
		},
	}
	if !f.Mmdebstrap && !f.CanInstall {
		finding.State = Limited
		finding.Gap.How = "where no registry answers they are built, which takes mmdebstrap: install that"
	}
	return finding
}

// compiler evaluates what builds the probe agent and the node image.
func compiler(f Facts) Finding {
	if f.Go != "" && f.Source != "" {
		return Finding{Name: "go and source", State: OK, Detail: f.Go + ", " + f.Source}
	}
	what := "the Go command"
	if f.Go != "" {
		what = "vpcgate's source"
	}
	return Finding{
		Name: "go and source", State: Missing, Detail: "not found", Stops: []Lab{Kind},
		Gap: &Gap{
			What: what, Why: "the probe agent and, where it cannot be pulled, the node image are built from it",
			How: "install Go, and work in vpcgate's folder or set VPCGATE_SOURCE to it", Where: docImage,
		},
	}
}

// amount evaluates something that there should be enough of.
func amount(name string, have, want int64, why, how string) Finding {
	finding := Finding{Name: name, State: OK, Detail: fmt.Sprintf("%.1f GB free", float64(have)/gigabyte)}
	if have < want {
		finding.State = Limited
		finding.Gap = &Gap{What: fmt.Sprintf("%.1f GB of %s", float64(want-have)/gigabyte, name), Why: why, How: how, Where: docHosts}
	}
	return finding
}
