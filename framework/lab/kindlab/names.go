package kindlab

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Labels of everything that the lab starts in the engine. Nothing without them
// is ever removed; kind's own node containers carry kindLabel and belong to us
// only if a gateway of ours names the same cluster.
const (
	labelRun     = "vpcgate.dev/run"
	labelMode    = "vpcgate.dev/mode"
	labelCluster = "vpcgate.dev/cluster"
	labelRole    = "vpcgate.dev/role"
	labelName    = "vpcgate.dev/name"
	labelKept    = "vpcgate.dev/kept"
	// labelState is the folder with the lock that tells whether a cluster is in
	// use. Whoever looks in another folder cannot tell, and must not touch it.
	labelState = "vpcgate.dev/state"
	// labelConfig is a digest of the configuration that a container was started
	// with.
	labelConfig = "vpcgate.dev/config"
	// labelInstance is the identity of the instance that a server is.
	labelInstance = "vpcgate.dev/instance"
	kindLabel     = "io.x-k8s.kind.cluster"
)

// What a container of ours plays.
const (
	roleGateway = "gateway"
	rolePeer    = "peer"
	roleEngine  = "engine"
	roleService = "service"
	// roleTranslator and roleBalancer stand between clients and servers.
	roleTranslator = "translator"
	roleBalancer   = "balancer"
)

// maxClusterName leaves room for kind's longest suffix, "-control-plane", in a
// host name of 63 bytes.
const maxClusterName = 63 - len("-control-plane")

// namePrefix begins the name of every cluster and container of ours.
const namePrefix = "vpcgate-"

var unfit = regexp.MustCompile(`[^a-z0-9-]+`)

// clusterName is the name of a run's cluster in a mode.
func clusterName(mode topology.Mode, run string) string {
	return fitName(namePrefix+string(mode)+"-"+plain(run), maxClusterName)
}

// keptName is the name of a cluster that outlives its run. The digest stands
// for everything that a cluster cannot change while it runs, so that a kept
// cluster is used again only where a new one would be the same.
func keptName(mode topology.Mode, digest string) string {
	return namePrefix + string(mode) + "-keep-" + digest
}

// containerName is the name of the container of a host or of a VPC's router.
func containerName(cluster, object string) string { return cluster + "-" + plain(object) }

// nodeContainer is the name that kind gives to the container of a cluster's
// node: the first node is the control plane, the others are workers, numbered
// from the second.
func nodeContainer(cluster string, index int) string {
	switch index {
	case 0:
		return cluster + "-control-plane"
	case 1:
		return cluster + "-worker"
	default:
		return cluster + "-worker" + itoa(index)
	}
}

// plain returns the name with everything that container names, host names and
// object names cannot all carry replaced by dashes.
func plain(name string) string {
	return strings.Trim(unfit.ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// fitName shortens a name to a limit; a shortened name ends in a digest, so that
// two long names that begin alike stay apart.
func fitName(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	sum := digest(name)
	return strings.TrimRight(name[:limit-len(sum)-1], "-") + "-" + sum
}

// digest is a short text that stands for a long one.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}
