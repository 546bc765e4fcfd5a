package nodeimage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"sigs.k8s.io/kind/pkg/apis/config/defaults"
)

// recipeVersion changes whenever this package makes another root file system or
// other programs from the same inputs. Whatever else it does differently, its
// own source is an input of the image.
const recipeVersion = "2"

// suite is the Debian release of the node's root file system. It is fixed, so
// that every host builds the same node.
const suite = "bookworm"

// packages is what the node needs of Debian: kind's own list without what a lab
// has no use for (network storage, curl), with runc and the tools people reach
// for in a gateway or a peer.
var packages = []string{
	"bash", "ca-certificates", "conntrack", "ethtool", "hostname", "iproute2", "iptables", "iputils-ping", "jq",
	"kmod", "libseccomp2", "mount", "nftables", "procps", "runc", "systemd", "util-linux",
}

// DefaultK8sVersion returns the Kubernetes version of kind's own default node
// image, as "v1.37.0".
func DefaultK8sVersion() string {
	_, tag, _ := strings.Cut(defaults.Image, ":")
	version, _, _ := strings.Cut(tag, "@")
	return version
}

// UpstreamRef returns the name under which kind's project publishes the node
// image of a version, with its digest where kind pins one.
func UpstreamRef(version string) string {
	if version == DefaultK8sVersion() {
		return defaults.Image
	}
	return "kindest/node:" + version
}

// inputs is everything that decides what is built.
type inputs struct {
	// version is the Kubernetes version, with its leading v.
	version string
	// toolchain is the Go version that compiles.
	toolchain string
	// module holds the files of the module of components, by slashed path.
	module map[string][]byte
	// kindFiles holds the files of kind's base image, by slashed path.
	kindFiles map[string][]byte
	// recipe holds the source of this package, which puts the rest together.
	recipe map[string][]byte
}

// key returns a short digest of the parts, each told from its neighbours.
func key(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s\n", len(part), part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// isRecipe reports whether a file of this package's source decides what is
// built, and not only when and where.
func isRecipe(path string) bool {
	switch path {
	case "doc.go", "ensure.go", "build.go", "module.go":
		return false
	default:
		return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
	}
}

// filesKey returns the digest of the files whose path begins with prefix.
func filesKey(files map[string][]byte, prefix string) string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(path, prefix) {
			parts = append(parts, path, string(files[path]))
		}
	}
	return key(parts...)
}

// rootfsKey returns the key of the root file system.
func (in inputs) rootfsKey() string {
	return key(append([]string{recipeVersion, "rootfs", runtime.GOARCH, suite}, append(dpkgOptions(), packages...)...)...)
}

// programKey returns the key of one compiled program. A program of the module
// itself also depends on its own source; one of another module only on the
// versions that go.mod and go.sum pin.
func (in inputs) programKey(p program) string {
	folder, version := "", in.version
	if p.runtime {
		folder, version = runtimeFolder+"/", ""
	}
	own := ""
	if strings.HasPrefix(p.pkg, "./") {
		own = filesKey(in.module, folder+strings.TrimPrefix(p.pkg, "./")+"/")
	}
	return key(recipeVersion, "program", p.pkg, runtime.GOARCH, in.toolchain, version,
		string(in.module[folder+"go.mod"]), string(in.module[folder+"go.sum"]), own, strings.Join(p.args(in.version), " "))
}

// imageKey returns the key of the whole image.
func (in inputs) imageKey() string {
	parts := []string{recipeVersion, "image", in.version, in.rootfsKey(), filesKey(in.kindFiles, ""), filesKey(in.recipe, "")}
	for _, p := range programs() {
		parts = append(parts, in.programKey(p))
	}
	return key(parts...)
}

// ref returns the image's name in the engine. Its tag begins with the version
// for people, and ends with the key for us.
func (in inputs) ref() string {
	return "vpcgate.dev/node:" + in.version + "-" + in.imageKey()
}
