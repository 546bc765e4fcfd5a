package topology

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The head of a world's YAML form.
const (
	APIVersion = "vpcgate.dev/v1alpha1"
	WorldKind  = "World"
)

// MaxYAMLBytes is the largest text that ParseYAML reads. A world of a hundred
// hosts takes some fifty kilobytes.
const MaxYAMLBytes = 1 << 20

// ErrTooLarge is matched by the error of ParseYAML for a text that is longer
// than MaxYAMLBytes.
var ErrTooLarge = errors.New("the text is too large")

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
	if len(text) > MaxYAMLBytes {
		return World{}, fmt.Errorf("parse world: %w: %d bytes of at most %d", ErrTooLarge, len(text), MaxYAMLBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root yaml.Node
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return World{}, errors.New("parse world: the text is empty")
	} else if err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	var next yaml.Node
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		return World{}, errors.New("parse world: the text goes on after its first document")
	}
	if err := errors.Join(refused(&root)...); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := root.Decode(&head); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	if head.APIVersion != APIVersion || head.Kind != WorldKind {
		return World{}, fmt.Errorf("parse world: it is a %q of %q; wanted a %q of %q", head.Kind, head.APIVersion, WorldKind, APIVersion)
	}
	return decode(text)
}

// decode fills a document strictly. It reads the text again, since a node
// cannot be decoded with unknown fields refused.
func decode(text []byte) (World, error) {
	var d document
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	return d.World, nil
}

// refused lists what a world's form does not have: aliases, which a short text
// could use to grow without bounds, explicit tags, which change what a value
// is, and blocks and addresses that are none. The codec reports the last
// without a line, so they are looked at here.
func refused(n *yaml.Node) []error {
	var found []error
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return []error{fmt.Errorf("line %d: anchors and aliases are not accepted", n.Line)}
	case n.Style&yaml.TaggedStyle != 0:
		found = append(found, fmt.Errorf("line %d: tag %s is not accepted", n.Line, n.Tag))
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			found = append(found, notAddresses(n.Content[i-1], child)...)
		}
		found = append(found, refused(child)...)
	}
	return found
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
	if key.Tag == "!!merge" {
		return []error{fmt.Errorf("line %d: merging is not accepted", key.Line)}
	}
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	var found []error
	for _, v := range values {
		if v.Kind != yaml.ScalarNode || v.Value == "" || v.Tag == "!!null" {
			continue
		}
		if holdsBlocks(key.Value) {
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
