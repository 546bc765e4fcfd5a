package main

import (
	"fmt"
	"slices"

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

// suite is what ginkgo compiles, in its folder, and runs.
type suite struct {
	specs.Suite
	folder string
}

// has reports whether a scenario is of the suite.
func (s suite) has(id string) bool {
	return slices.ContainsFunc(s.Catalogue, func(c scenario.Scenario) bool { return c.ID == id })
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
		return suite{Suite: specs.Suite{Name: name, Catalogue: scenarios.Catalogue()}, folder: "./suites/conformance"}, nil
	case chaosSuite:
		trials, err := labs.Trials(stages.All())
		if err != nil {
			return suite{}, failed(err)
		}
		return suite{Suite: specs.Suite{Name: name, Catalogue: trials.Catalogue(), Trials: trials}, folder: "./suites/chaos"}, nil
	default:
		return suite{}, fmt.Errorf("unknown suite %q; %s", name, config.Suggest(name, suiteNames()))
	}
}
