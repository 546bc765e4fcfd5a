package deps
import (
 _ "github.com/onsi/ginkgo/v2"
 _ "github.com/onsi/gomega"
 _ "sigs.k8s.io/e2e-framework/klient"
 _ "sigs.k8s.io/e2e-framework/klient/wait/conditions"
 _ "sigs.k8s.io/kind/pkg/cluster"
 _ "github.com/vishvananda/netlink"
 _ "github.com/vishvananda/netns"
 _ "github.com/google/nftables"
 _ "golang.org/x/net/icmp"
 _ "golang.org/x/sys/unix"
 _ "github.com/google/go-containerregistry/pkg/v1/tarball"
 _ "go.yaml.in/yaml/v3"
 _ "github.com/spf13/cobra"
 _ "k8s.io/client-go/kubernetes"
)
