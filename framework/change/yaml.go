package change

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/framework/internal/form"
)

// kinds holds one value of every change that a YAML form may name.
func kinds() []Change {
	return []Change{
		AddACL{},
		AttachACL{},
		DetachACL{},
		AdmitACLRule{},
		RevokeACLRule{},
		AdmitRule{},
		RevokeRule{},
		JoinGroups{},
		StopListening{},
		StartListening{},
		SetNonMasquerade{},
		ReplaceContainers{},
		ExpandContainers{},
		SetServiceCIDR{},
		SetMTU{},
		ConfigureDNS{},
		InstallEngine{},
		RemoveEngine{},
		SetBridgeIP{},
		CreateEngineNetwork{},
		RemoveEngineNetwork{},
		AddFirewallRule{},
		RemoveFirewallRule{},
		AddVPN{},
		RemoveVPN{},
		SetMSS{},
		AddNATGateway{},
		SetSNAT{},
		AddTranslator{},
		RemoveTranslator{},
		AddHostRoute{},
		RemoveHostRoute{},
		SetReversePath{},
		HonourLinkDown{},
		IgnoreLinkDown{},
		PointName{},
		EnableSourceCheck{},
		DisableSourceCheck{},
		CordonNode{},
		UncordonNode{},
		StopForwarding{},
		StartForwarding{},
		FillConntrack{},
		RaiseConntrack{},
		LoseFragNeeded{},
		PassFragNeeded{},
		AddBlock{},
		AddPeering{},
		RemovePeering{},
		SetPeeringState{},
		MovePod{},
		AssignAddress{},
		WithholdAddress{},
		AddPods{},
		RemovePods{},
		AddNetworkPolicy{},
		RemoveNetworkPolicy{},
		AddRoute{},
		WithdrawRoute{},
		SetQuota{},
		AddService{},
		RemoveService{},
		SetTrafficPolicy{},
		SetBackends{},
		AddSubnet{},
		RemoveSubnet{},
		AssociateTable{},
		AddCIDR{},
		RemoveCIDR{},
		RenumberVPC{},
		SetWhitelist{},
		AddWhitelistGroup{},
		RemoveWhitelistGroup{},
		EnableWhitelist{},
		DisableWhitelist{},
		SetRefusal{},
		SetPassword{},
	}
}

// Form is a change as a YAML form writes it: a list of mappings of one key each,
// the change's name with a small first letter, and its fields in small letters:
//
//   - revokeRule: {group: sg-ecs, rule: from-containers}
//   - pointName: {name: app-server, target: ecs-52}
//
// Changes within changes are a list in the list. Unknown names and fields are errors
// that name their line.
type Form struct{ Change }

// UnmarshalYAML reads the list.
func (f *Form) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return fmt.Errorf("line %d: a change is a list such as [{revokeRule: {group: sg-ecs, rule: from-nodes}}]", n.Line)
	}
	var all Changes
	for _, item := range n.Content {
		c, err := decodeItem(item)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	f.Change = all
	if len(all) == 1 {
		f.Change = all[0]
	}
	return nil
}

// decodeItem reads one entry of the list: a change, or changes as one.
func decodeItem(n *yaml.Node) (Change, error) {
	if n.Kind != yaml.SequenceNode {
		return decodeOne(n)
	}
	var all Changes
	for _, item := range n.Content {
		c, err := decodeItem(item)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("line %d: an empty list changes nothing", n.Line)
	}
	return all, nil
}

// MarshalYAML writes the list that UnmarshalYAML reads.
func (f Form) MarshalYAML() (any, error) {
	if all, several := f.Change.(Changes); several && len(all) > 1 {
		return entries(all)
	}
	return entries(Changes{f.Change})
}

func entries(all Changes) ([]any, error) {
	list := make([]any, len(all))
	for i, c := range all {
		switch c := c.(type) {
		case nil:
			return nil, errors.New("a change is missing")
		case Changes:
			if len(c) == 0 {
				return nil, errors.New("changes without one change nothing")
			}
			inner, err := entries(c)
			if err != nil {
				return nil, err
			}
			list[i] = inner
		default:
			if !slices.ContainsFunc(kinds(), func(k Change) bool { return reflect.TypeOf(k) == reflect.TypeOf(c) }) {
				return nil, fmt.Errorf("change %T has no form", c)
			}
			list[i] = map[string]Change{formName(c): c}
		}
	}
	return list, nil
}

func decodeOne(n *yaml.Node) (Change, error) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return nil, fmt.Errorf("line %d: one change is a mapping with one key, its name", n.Line)
	}
	name := n.Content[0].Value
	all := kinds()
	i := slices.IndexFunc(all, func(c Change) bool { return formName(c) == name })
	if i < 0 {
		names := make([]string, len(all))
		for k, c := range all {
			names[k] = formName(c)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("line %d: unknown change %q; known are %s", n.Line, name, strings.Join(names, ", "))
	}
	into := reflect.New(reflect.TypeOf(all[i]))
	if err := form.DecodeNode(n.Content[1], into.Interface()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c, ok := into.Elem().Interface().(Change)
	if !ok {
		return nil, fmt.Errorf("line %d: %s is no change", n.Line, name)
	}
	return c, nil
}

func formName(c Change) string {
	name := reflect.TypeOf(c).Name()
	return strings.ToLower(name[:1]) + name[1:]
}
