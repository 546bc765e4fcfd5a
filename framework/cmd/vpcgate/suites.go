package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// The names of the suites.
const (
	conformanceSuite = "conformance"
	chaosSuite       = "chaos"
)

func suiteNames() []string { return []string{conformanceSuite, chaosSuite} }

// suite is what ginkgo compiles and runs.
type suite struct {
	name      string
	folder    string
	catalogue []scenario.Scenario
	// selected lists the texts of the specs that settings select.
	selected func(s config.Settings) ([]string, error)
}

func addSuiteFlag(c *cobra.Command) {
	c.Flags().String("suite", conformanceSuite, "which suite: conformance (the catalogue) or chaos (faults that come and go under live traffic)")
}

// suiteOf is the suite that a command was told.
func suiteOf(c *cobra.Command) (suite, error) {
	name, err := c.Flags().GetString("suite")
	if err != nil {
		return suite{}, err
	}
	switch name {
	case conformanceSuite:
		all := scenarios.Catalogue()
		return suite{
			name: name, folder: "./suites/conformance", catalogue: all,
			selected: func(s config.Settings) ([]string, error) { return specs.Selected(all, s) },
		}, nil
	case chaosSuite:
		trials, err := labs.Trials(stages.All())
		if err != nil {
			return suite{}, failed(err)
		}
		s := specs.Suite{Name: name, Catalogue: trials.Catalogue(), Trials: trials}
		return suite{name: name, folder: "./suites/chaos", catalogue: s.Catalogue, selected: s.Selected}, nil
	default:
		return suite{}, fmt.Errorf("unknown suite %q; %s", name, config.Suggest(name, suiteNames()))
	}
}
