package preflight

// Support is whether the host has something that was tried.
type Support int

// The outcomes of trying. The zero value is Unknown.
const (
	// Unknown means that it was not tried, since trying takes what is missing itself.
	Unknown Support = iota
	// Yes means that it worked.
	Yes
	// No means that it failed.
	No
)

// Try is the outcome of trying something, with the reason where it failed.
type Try struct {
	// Support is the outcome.
	Support Support
	// Why is the reason of a No or an Unknown.
	Why string
}

// EngineState is how far a host is from a running engine.
type EngineState int

// The states of an engine.
const (
	// EngineAbsent means that no engine is installed.
	EngineAbsent EngineState = iota
	// EngineInstalled means that one is installed and does not run.
	EngineInstalled
	// EngineForbidden means that one runs and this user may not talk to it.
	EngineForbidden
	// EngineRunning means that one answers.
	EngineRunning
)

// Facts are what is known about a host. The zero value is a host of which
// nothing is known.
type Facts struct {
	// Kernel is its release.
	Kernel string
	// Distribution is its name for people.
	Distribution string
	// Root reports that the process is root, and not only in a user namespace.
	Root bool
	// UserNamespaces is whether an ordinary user gets capabilities in one.
	UserNamespaces Try
	// Namespaces, Veth, Vxlan and Nftables are whether the kernel lets us make them.
	Namespaces, Veth, Vxlan, Nftables Try
	// Cgroup is "1", "2" or "" when there is none.
	Cgroup string
	// MissingCapabilities lists what this process can never have.
	MissingCapabilities []string
	// Engine is how far there is an engine.
	Engine EngineState
	// EngineVersion is the running engine's version.
	EngineVersion string
	// EngineProblem is why a running engine cannot run nodes; empty when it can.
	EngineProblem string
	// NodeImage is the node image that the engine has; empty when it has none.
	NodeImage string
	// MissingImages are those that only some scenarios need and that the engine
	// does not have, by what they are of.
	MissingImages []string
	// K8sVersion is the Kubernetes version that was asked about.
	K8sVersion string
	// CanInstall reports that Debian packages can be installed.
	CanInstall bool
	// Mmdebstrap reports that the program that makes a Debian is there.
	Mmdebstrap bool
	// Go is the version of the Go command; empty when there is none.
	Go string
	// Source is where vpcgate's source is; empty when it is not at hand.
	Source string
	// DiskFree is what is free where the engine and the cache keep things, in bytes.
	DiskFree int64
	// MemoryFree is the memory that can be had, in bytes.
	MemoryFree int64
	// CPUs is the number of processors.
	CPUs int
}
