package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// APIVersion is the version of all forms.
const APIVersion = "vpcgate.dev/v1alpha1"

// MaxBytes is the largest text that is read.
const MaxBytes = 1 << 20

// ErrTooLarge is matched by the error for a text that is longer than MaxBytes.
var ErrTooLarge = errors.New("the text is too large")

// Check looks at one value of a mapping, beside its key; what it finds is
// reported with what the structure itself breaks, in the order of the text.
type Check func(key, value *yaml.Node) []error

// Open checks the structure of the one document of a text, and that it is of the
// given kind and of our version. More may be nil.
func Open(text []byte, kind string, more Check) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("%w: %d bytes of at most %d", ErrTooLarge, len(text), MaxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root yaml.Node
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return errors.New("the text is empty")
	} else if err != nil {
		return err
	}
	var next yaml.Node
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		return errors.New("the text goes on after its first document")
	}
	if more == nil {
		more = func(_, _ *yaml.Node) []error { return nil }
	}
	if err := errors.Join(refused(&root, more)...); err != nil {
		return err
	}
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := root.Decode(&head); err != nil {
		return err
	}
	if head.APIVersion != APIVersion || head.Kind != kind {
		return fmt.Errorf("it is a %q of %q; wanted a %q of %q", head.Kind, head.APIVersion, kind, APIVersion)
	}
	return nil
}

// Decode fills a value with the one document of a text, of which no field may be
// unknown.
func Decode(text []byte, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	return dec.Decode(into)
}

// DecodeNode fills a value with a part of a document, of which no field may be
// unknown. The codec itself forgets that in the middle of a document.
func DecodeNode(n *yaml.Node, into any) error {
	text, err := yaml.Marshal(n)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	if err := Decode(text, into); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	return nil
}

// refused lists what no form has: aliases, which a short text could use to grow
// without bounds, merges, and tags, which change what a value is.
func refused(n *yaml.Node, more Check) []error {
	var found []error
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return []error{fmt.Errorf("line %d: anchors and aliases are not accepted", n.Line)}
	case n.Style&yaml.TaggedStyle != 0:
		found = append(found, fmt.Errorf("line %d: tag %s is not accepted", n.Line, n.Tag))
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			if key := n.Content[i-1]; key.Tag == "!!merge" {
				found = append(found, fmt.Errorf("line %d: merging is not accepted", key.Line))
			} else {
				found = append(found, more(key, child)...)
			}
		}
		found = append(found, refused(child, more)...)
	}
	return found
}
