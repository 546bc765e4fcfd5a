package form

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// Encode writes a value as the one document of a text: fields in the order of the
// types, what is unset left out, and whatever has no parts of its own on one line.
func Encode(v any) ([]byte, error) {
	var root yaml.Node
	if err := root.Encode(v); err != nil {
		return nil, err
	}
	for _, child := range root.Content {
		compact(child)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unset reports whether a value is that of a field which nobody has set.
func unset(v *yaml.Node) bool {
	switch v.Kind {
	case yaml.ScalarNode:
		return v.Value == ""
	case yaml.SequenceNode:
		return len(v.Content) == 0
	default:
		return false
	}
}

// compact drops empty values of mappings, which the codec does not do for
// addresses and lists by itself, and puts on one line what consists of scalars only.
func compact(n *yaml.Node) {
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	if n.Kind == yaml.MappingNode {
		kept := n.Content[:0]
		for i := 0; i < len(n.Content); i += 2 {
			if v := n.Content[i+1]; !unset(v) {
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
