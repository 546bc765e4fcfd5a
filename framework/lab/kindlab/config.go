package kindlab

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"github.com/vpcgate/vpcgate/framework/topology"
	kindconfigs "github.com/vpcgate/vpcgate/kind-configs"
)

// Where a node finds what the lab mounts into it.
const (
	// mountedAgent is the agent's program.
	mountedAgent = "/vpcgate/agent"
	// mountedControl is the folder of the agents' control sockets, shared by
	// the host, the nodes and the pods.
	mountedControl = "/vpcgate/control"
)

// Patches are what a host needs in a cluster's configuration beyond what every
// cluster has.
type Patches struct {
	// Kubeadm are merge patches of kubeadm configuration documents, as YAML.
	Kubeadm []string
	// Containerd are merge patches of containerd's configuration, as TOML.
	Containerd []string
}

// clusterPlan is everything that decides what a cluster is, and that cannot
// change while it runs.
type clusterPlan struct {
	mode      topology.Mode
	cluster   topology.Cluster
	nodeImage string
	patches   Patches
	// agent and control are the host's paths of what the nodes are given.
	agent, control string
}

// kubeadmArg is one entry of an argument list of kubeadm's v1beta4.
type kubeadmArg struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// patchOp is one operation of a JSON patch.
type patchOp struct {
	Op    string `yaml:"op"`
	Path  string `yaml:"path"`
	Value any    `yaml:"value"`
}

// kindConfig returns the cluster's kind configuration: the mode's base, filled in.
func kindConfig(p clusterPlan) (*v1alpha4.Cluster, error) {
	base, err := kindconfigs.Read(p.mode)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(base))
	decoder.KnownFields(true)
	config := &v1alpha4.Cluster{}
	if err := decoder.Decode(config); err != nil {
		return nil, fmt.Errorf("decode kind configuration of mode %s: %w", p.mode, err)
	}
	containers, err := onePrefix(p.cluster)
	if err != nil {
		return nil, err
	}
	config.Networking.PodSubnet = containers.String()
	config.Networking.ServiceSubnet = p.cluster.ServiceCIDR.String()
	config.KubeadmConfigPatches = append(config.KubeadmConfigPatches, p.patches.Kubeadm...)
	config.ContainerdConfigPatches = append(config.ContainerdConfigPatches, p.patches.Containerd...)
	blocks, err := jsonPatch("ClusterConfiguration", patchOp{
		Op: "add", Path: "/controllerManager/extraArgs/-",
		// So that the blocks that the controller manager writes down are the
		// world's; what the pods get comes from the nodes' CNI configuration.
		Value: kubeadmArg{Name: "node-cidr-mask-size", Value: strconv.Itoa(p.cluster.Nodes[0].Block.Bits())},
	})
	if err != nil {
		return nil, err
	}
	config.KubeadmConfigPatchesJSON6902 = append(config.KubeadmConfigPatchesJSON6902, blocks)
	for i := range p.cluster.Nodes {
		node, err := kindNode(p, i)
		if err != nil {
			return nil, err
		}
		config.Nodes = append(config.Nodes, node)
	}
	return config, nil
}

// kindNode returns the configuration of one node: the kubelet's node-ip is the
// address of its VPC NIC from the first heartbeat.
func kindNode(p clusterPlan, index int) (v1alpha4.Node, error) {
	role, kind := v1alpha4.WorkerRole, "JoinConfiguration"
	if index == 0 {
		role, kind = v1alpha4.ControlPlaneRole, "InitConfiguration"
	}
	nodeIP, err := jsonPatch(kind, patchOp{
		// The first argument that kind sets is node-ip, with the management
		// address; whether it was replaced is checked when the node is ready.
		Op: "replace", Path: "/nodeRegistration/kubeletExtraArgs/0/value",
		Value: p.cluster.Nodes[index].NIC.Address.String(),
	})
	if err != nil {
		return v1alpha4.Node{}, err
	}
	return v1alpha4.Node{
		Role:  role,
		Image: p.nodeImage,
		ExtraMounts: []v1alpha4.Mount{
			{HostPath: p.agent, ContainerPath: mountedAgent, Readonly: true},
			{HostPath: p.control, ContainerPath: mountedControl},
		},
		KubeadmConfigPatchesJSON6902: []v1alpha4.PatchJSON6902{nodeIP},
	}, nil
}

func jsonPatch(kind string, ops ...patchOp) (v1alpha4.PatchJSON6902, error) {
	text, err := yaml.Marshal(ops)
	if err != nil {
		return v1alpha4.PatchJSON6902{}, fmt.Errorf("render patch of %s: %w", kind, err)
	}
	return v1alpha4.PatchJSON6902{Group: "kubeadm.k8s.io", Version: "v1beta4", Kind: kind, Patch: string(text)}, nil
}

// configText returns a kind configuration as the YAML that kind reads.
func configText(config *v1alpha4.Cluster) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(config), encoder.Close()); err != nil {
		return nil, fmt.Errorf("render kind configuration: %w", err)
	}
	return out.Bytes(), nil
}

// onePrefix returns the container CIDR that a new cluster is told. Kubernetes
// takes one per address family; further ones of a world live in the nodes' CNI
// configuration alone.
func onePrefix(c topology.Cluster) (netip.Prefix, error) {
	if len(c.ContainerCIDRs) == 0 {
		return netip.Prefix{}, fmt.Errorf("cluster %s has no container CIDR", c.Name)
	}
	return c.ContainerCIDRs[0], nil
}

func itoa(n int) string { return strconv.Itoa(n) }
