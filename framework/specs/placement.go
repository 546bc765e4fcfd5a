package specs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrCannotArise is matched by the reason of a mode in which the documentation
// has no such case.
var ErrCannotArise = errors.New("the case cannot arise in this mode")

// Placed reports whether a scenario has a result in a mode on a lab: nil, or why
// not, for good, whatever the machine. The lab has to host every world that the
// scenario goes through.
func Placed(s scenario.Scenario, m topology.Mode, l lab.Name) error {
	if !slices.Contains(s.Modes(), m) {
		return fmt.Errorf("%s: %w", s.OnlyBecause, ErrCannotArise)
	}
	ws, err := s.Worlds(m)
	if err != nil {
		// A broken literal is a failed result, not an absent one.
		return nil //nolint:nilerr // the scenario itself reports it
	}
	for _, w := range ws {
		if err := lab.CanHost(l, w); err != nil {
			return err
		}
	}
	return nil
}

// PlacedLabs lists the labs on which a scenario of the suite has a result in some mode.
func (s Suite) PlacedLabs(c scenario.Scenario) []lab.Name {
	return slices.DeleteFunc(lab.Names(), func(l lab.Name) bool {
		return !slices.ContainsFunc(c.Modes(), func(m topology.Mode) bool { return s.placed(c, m, l) == nil })
	})
}

// placing reports whether a scenario has a result in a mode on a lab.
type placing func(s scenario.Scenario, m topology.Mode, l lab.Name) error

func split(catalogue []scenario.Scenario, s config.Settings, placed placing) (texts []string, unplaced []record.Result, err error) {
	focus, err := regexp.Compile(s.Focus)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", config.EnvFocus, err)
	}
	for _, l := range s.Labs {
		for _, m := range s.Modes {
			for _, c := range catalogue {
				text := Text(c, m, l)
				if !focus.MatchString(text) {
					continue
				}
				if why := placed(c, m, l); why != nil {
					unplaced = append(unplaced, unplacedResult(c, m, l, why))
					continue
				}
				texts = append(texts, text)
			}
		}
	}
	return texts, unplaced, nil
}

func unplacedResult(c scenario.Scenario, m topology.Mode, l lab.Name, why error) record.Result {
	r := record.NotRunBecause(c, m, l, why.Error())
	// Core means that it must run where it can.
	r.Tier = scenario.Extended
	return r
}

// wanted lists the catalogue's scenarios that the focus selects for a lab and a
// mode, those of one world side by side and those of one container CIDR near
// each other, so that worlds change rarely and addresses of containers hardly.
func (s *session) wanted(m topology.Mode, l lab.Name) []scenario.Scenario {
	var keys []string
	byKey := map[string][]scenario.Scenario{}
	for _, c := range s.suite.Catalogue {
		if !s.focus.MatchString(Text(c, m, l)) || s.suite.placed(c, m, l) != nil {
			continue
		}
		key := placeKey(c.World(m))
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], c)
	}
	// What comes first of the catalogue's container CIDRs stays first.
	order := map[string]int{}
	for _, key := range keys {
		cidr, _, _ := strings.Cut(key, " ")
		if _, known := order[cidr]; !known {
			order[cidr] = len(order)
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		x, _, _ := strings.Cut(a, " ")
		y, _, _ := strings.Cut(b, " ")
		return order[x] - order[y]
	})
	var all []scenario.Scenario
	for _, key := range keys {
		all = append(all, byKey[key]...)
	}
	return all
}

// placeKey is the container CIDR of a world and its name.
func placeKey(w topology.World) string {
	cidr := "-"
	if len(w.Clusters) > 0 && len(w.Clusters[0].ContainerCIDRs) > 0 {
		cidr = w.Clusters[0].ContainerCIDRs[0].String()
	}
	return cidr + " " + w.Name
}
