package kindlab

import (
	"encoding/json"
	"fmt"
	"net/netip"
)

// cniFile is the network configuration's name on a node. Kubernetes' container
// runtimes take the first file of the folder in the order of names.
const cniFile = "/etc/cni/net.d/10-vpcgate.conflist"

// ipamState is where a node keeps the addresses that it has given out, a file for
// each, in a folder for the network. It is of the boot, not of the disk: nothing
// outlives a node.
const ipamState = "/run/cni-ipam-state"

// conflist is a CNI network configuration list.
type conflist struct {
	Version string      `json:"cniVersion"`
	Name    string      `json:"name"`
	Plugins []cniPlugin `json:"plugins"`
}

type cniPlugin struct {
	Type         string          `json:"type"`
	MTU          int             `json:"mtu,omitempty"`
	IPMasq       *bool           `json:"ipMasq,omitempty"`
	IPAM         *ipam           `json:"ipam,omitempty"`
	Capabilities map[string]bool `json:"capabilities,omitempty"`
}

type ipam struct {
	Type    string      `json:"type"`
	DataDir string      `json:"dataDir"`
	Ranges  [][]ipRange `json:"ranges"`
	Routes  []cniRoute  `json:"routes"`
}

type ipRange struct {
	Subnet string `json:"subnet"`
}

type cniRoute struct {
	Destination string `json:"dst"`
}

// renderConflist returns the network configuration of a node whose pods get
// their addresses from the block, and links of that MTU.
func renderConflist(block netip.Prefix, mtu int) ([]byte, error) {
	no := false
	list := conflist{
		Version: "1.0.0",
		Name:    networkName,
		Plugins: []cniPlugin{
			{
				// Masquerading is the mode's business, not the plugin's.
				Type: "ptp", MTU: mtu, IPMasq: &no,
				IPAM: &ipam{
					Type:    "host-local",
					DataDir: ipamState,
					Ranges:  [][]ipRange{{{Subnet: block.String()}}},
					Routes:  []cniRoute{{Destination: "0.0.0.0/0"}},
				},
			},
			{Type: "portmap", Capabilities: map[string]bool{"portMappings": true}},
		},
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("render network configuration of block %s: %w", block, err)
	}
	return append(text, '\n'), nil
}

// networkName is the same for every block: the address of a pod is given back to
// the network that the node has then.
const networkName = "vpcgate"

// blockOf returns the block that a network configuration of ours gives out.
func blockOf(text []byte) (netip.Prefix, error) {
	var list conflist
	if err := json.Unmarshal(text, &list); err != nil {
		return netip.Prefix{}, fmt.Errorf("read network configuration: %w", err)
	}
	for _, p := range list.Plugins {
		if p.IPAM != nil && len(p.IPAM.Ranges) == 1 && len(p.IPAM.Ranges[0]) == 1 {
			return netip.ParsePrefix(p.IPAM.Ranges[0][0].Subnet)
		}
	}
	return netip.Prefix{}, fmt.Errorf("read network configuration: %s is not ours", list.Name)
}
