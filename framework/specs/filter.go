package specs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// filterTerm recognises one term of a label filter: a key, an operation of
// label sets, and the values.
var filterTerm = regexp.MustCompile(`([A-Za-z-]+)\s*:\s*(isEmpty|containsAny|containsAll|consistsOf|isSubsetOf)\s*(\{[^}]*\}|[^\s{}()&|!,]+)?`)

var filterWord = regexp.MustCompile(`[^\s{},]+`)

// CheckFilter reports every unknown label key and value of a Ginkgo label
// filter, each with the nearest known one: a filter that is misspelt selects
// nothing, or too much, and says nothing.
func CheckFilter(filter string, catalogue []scenario.Scenario) error {
	if filter == "" {
		return nil
	}
	if _, err := types.ParseLabelFilter(filter); err != nil {
		return fmt.Errorf("label filter: %w", err)
	}
	known := knownLabels(catalogue)
	keys := make([]string, 0, len(known))
	for k := range known {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var problems []error
	for _, term := range filterTerm.FindAllStringSubmatch(filter, -1) {
		values, ok := known[term[1]]
		if !ok {
			problems = append(problems, fmt.Errorf("label filter: unknown label %q; %s", term[1], config.Suggest(term[1], keys)))
			continue
		}
		for _, v := range filterWord.FindAllString(term[3], -1) {
			if !slices.Contains(values, v) {
				problems = append(problems, fmt.Errorf("label filter: unknown %s %q; %s", term[1], v, config.Suggest(v, values)))
			}
		}
	}
	return errors.Join(problems...)
}

// knownLabels are the values that each label of the catalogue's specs may have.
func knownLabels(catalogue []scenario.Scenario) map[string][]string {
	known := map[string][]string{keyDisruptive: {string(disruptiveYes), string(disruptiveNo)}}
	add := func(key, value string) {
		if !slices.Contains(known[key], value) {
			known[key] = append(known[key], value)
		}
	}
	for _, s := range catalogue {
		add(keyScenario, s.ID)
		add(keyFamily, string(s.Family()))
		add(keyTier, string(s.Tier))
		add(keyOrigin, string(s.Origin))
	}
	for _, m := range topology.Modes() {
		add(keyMode, string(m))
	}
	for _, l := range lab.Names() {
		add(keyLab, string(l))
	}
	return known
}

// matches reports whether a result passes the filters that Ginkgo applies to
// specs: a label filter, and focus expressions on texts.
func matches(s scenario.Scenario, m topology.Mode, l lab.Name, filter string, focus []string) bool {
	if len(focus) > 0 && !slices.ContainsFunc(focus, func(f string) bool {
		re, err := regexp.Compile(f)
		return err == nil && re.MatchString(Text(s, m, l))
	}) {
		return false
	}
	if filter == "" {
		return true
	}
	accept, err := types.ParseLabelFilter(filter)
	return err == nil && accept(labels(s, m, l))
}
