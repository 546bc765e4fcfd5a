package verdict

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/framework/internal/form"
)

// Form is an expected verdict as a YAML form writes it: its kind and what
// identifies it, such as
//
//	{kind: dropped, hop: vpc-demo, rule: sg/ecs-25/ingress/default-deny}
//	{kind: reached, seenAs: pod-a}
//	{kind: app-denied, by: cache, code: wrong-password}
type Form struct{ Verdict }

// fields is what of a verdict can be expected.
type fields struct {
	Kind      Kind   `yaml:"kind"`
	SeenAs    string `yaml:"seenAs,omitempty"`
	ArrivedAt string `yaml:"arrivedAt,omitempty"`
	Hop       string `yaml:"hop,omitempty"`
	Rule      string `yaml:"rule,omitempty"`
	By        string `yaml:"by,omitempty"`
	Code      string `yaml:"code,omitempty"`
}

// MarshalYAML writes a verdict that can be expected. One with what a lab has seen is
// an error: nobody can expect it.
func (f Form) MarshalYAML() (any, error) {
	v := f.Verdict
	if v != v.Identity() {
		return nil, fmt.Errorf("verdict %q is what was seen and not what is expected", v)
	}
	return fields{Kind: v.Kind, SeenAs: v.SeenAs, ArrivedAt: v.ArrivedAt, Hop: v.Hop, Rule: v.Rule, By: v.By, Code: v.Code}, nil
}

// UnmarshalYAML reads a verdict that can be expected.
func (f *Form) UnmarshalYAML(n *yaml.Node) error {
	var v fields
	if err := form.DecodeNode(n, &v); err != nil {
		return err
	}
	known := []Kind{
		KindReached, KindDropped, KindReplyLost, KindRefused, KindRejected, KindUnreachable, KindAppDenied, KindStalled, KindMisdelivered,
	}
	if !slices.Contains(known, v.Kind) {
		return fmt.Errorf("line %d: unknown kind %q of a verdict; it is one of %v", n.Line, v.Kind, known)
	}
	if v.Kind == KindAppDenied {
		codes := []string{WrongPassword, NotListed, DataLost, OtherProtocol}
		switch {
		case !slices.Contains(codes, v.Code):
			return fmt.Errorf("line %d: unknown code %q of a service; it is one of %v", n.Line, v.Code, codes)
		case v.By == "":
			return fmt.Errorf("line %d: by whom it is denied is missing", n.Line)
		}
	}
	f.Verdict = Verdict{Kind: v.Kind, SeenAs: v.SeenAs, ArrivedAt: v.ArrivedAt, Hop: v.Hop, Rule: v.Rule, By: v.By, Code: v.Code}
	return nil
}
