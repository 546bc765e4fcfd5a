package topology

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/framework/internal/form"
)

// The head of a world's YAML form.
const (
	APIVersion = form.APIVersion
	WorldKind  = "World"
)

// MaxYAMLBytes is the largest text that ParseYAML reads. A world of a hundred
// hosts takes some fifty kilobytes.
const MaxYAMLBytes = form.MaxBytes

// ErrTooLarge is matched by the error of ParseYAML for a text that is longer
// than MaxYAMLBytes.
var ErrTooLarge = form.ErrTooLarge

// document is a world with its head.
type document struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	World      `yaml:",inline"`
}

// ParseYAML reads one world. Unknown and repeated fields, further documents,
// aliases and explicit tags are errors that name their line. It does not judge
// what it reads: that is Validate's business.
func ParseYAML(text []byte) (World, error) {
	// The codec reports blocks and addresses that are none without a line.
	if err := form.Open(text, WorldKind, notAddresses); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	var d document
	if err := form.Decode(text, &d); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	return d.World, nil
}

// holdsBlocks reports whether a field holds one block or a list of them.
func holdsBlocks(field string) bool {
	switch field {
	case "cidr", "cidrs", "containerCIDRs", "serviceCIDR", "nonMasqueradeCIDRs", "destination", "block", "moreBlocks",
		"sources", "entries", "bridgeIP", "pools", "except", "routes":
		return true
	default:
		return false
	}
}

func notAddresses(key, value *yaml.Node) []error {
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	var found []error
	for _, v := range values {
		if v.Kind != yaml.ScalarNode || v.Value == "" || v.Tag == "!!null" {
			continue
		}
		// A whitelist's "block" is a switch, a node's is a block.
		if holdsBlocks(key.Value) && (key.Value != "block" || v.Tag != "!!bool") {
			if _, err := netip.ParsePrefix(v.Value); err != nil {
				found = append(found, fmt.Errorf("line %d: %s: %q is not a block such as 192.168.0.0/16", v.Line, key.Value, v.Value))
			}
		}
		if key.Value == "address" || key.Value == "source" {
			if _, err := netip.ParseAddr(v.Value); err != nil {
				found = append(found, fmt.Errorf("line %d: %s: %q is not an address such as 192.168.0.25", v.Line, key.Value, v.Value))
			}
		}
	}
	return found
}

// MarshalYAML writes a world in the form that ParseYAML reads: fields in the
// order of the types, what is unset left out, and whatever has no parts of its
// own on one line.
func MarshalYAML(w World) ([]byte, error) {
	var root yaml.Node
	if err := root.Encode(document{APIVersion: APIVersion, Kind: WorldKind, World: w}); err != nil {
		return nil, fmt.Errorf("write world %s: %w", w.Name, err)
	}
	for _, child := range root.Content {
		compact(child)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, fmt.Errorf("write world %s: %w", w.Name, err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("write world %s: %w", w.Name, err)
	}
	return out.Bytes(), nil
}

// compact drops empty values of mappings, which the codec does not do for
// addresses by itself, and puts on one line what consists of scalars only.
func compact(n *yaml.Node) {
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	if n.Kind == yaml.MappingNode {
		kept := n.Content[:0]
		for i := 0; i < len(n.Content); i += 2 {
			if v := n.Content[i+1]; v.Kind != yaml.ScalarNode || v.Value != "" {
				kept = append(kept, n.Content[i], v)
			}
		}
		n.Content = kept
	}
	flat := true
	for _, child := range n.Content {
		compact(child)
		flat = flat && child.Kind == yaml.ScalarNode
	}
	if flat {
		n.Style = yaml.FlowStyle
	}
}

// MarshalYAML writes a range as "80" or "30000-32767".
func (r PortRange) MarshalYAML() (any, error) {
	if r.From == r.To {
		return int(r.From), nil
	}
	return fmt.Sprintf("%d-%d", r.From, r.To), nil
}

// UnmarshalYAML reads a range written as "80" or "30000-32767". Port 0 is no
// port: it must not be taken for the zero value, which means every port.
func (r *PortRange) UnmarshalYAML(n *yaml.Node) error {
	from, to, isRange := strings.Cut(n.Value, "-")
	if !isRange {
		to = from
	}
	low, err1 := strconv.ParseUint(from, 10, 16)
	high, err2 := strconv.ParseUint(to, 10, 16)
	if n.Kind != yaml.ScalarNode || err1 != nil || err2 != nil || low == 0 {
		return fmt.Errorf("line %d: ports: %q is not a port such as 80 or a range such as 30000-32767", n.Line, n.Value)
	}
	r.From, r.To = uint16(low), uint16(high)
	return nil
}
