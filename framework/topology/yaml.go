package topology

import (
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
	text, err := form.Encode(document{APIVersion: APIVersion, Kind: WorldKind, World: w})
	if err != nil {
		return nil, fmt.Errorf("write world %s: %w", w.Name, err)
	}
	return text, nil
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
