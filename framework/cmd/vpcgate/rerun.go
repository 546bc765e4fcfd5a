package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// errNothingFailed is a rerun of failures where there are none.
var errNothingFailed = errors.New("nothing failed in it")

// errOtherSuite is a rerun of what is not of the suite that was asked for.
var errOtherSuite = errors.New("name its own with --suite")

// onlyFailed narrows the settings to what failed, or did not finish, in the
// newest report, which has to be one of the suite: its labs, its modes, its
// scenarios.
func onlyFailed(s config.Settings, of suite) (config.Settings, error) {
	path := filepath.Join(s.ArtifactRoot, record.Latest, record.ReportFile)
	report, err := record.Read(path)
	if err != nil {
		return s, fmt.Errorf("rerun failed: %w", err)
	}
	var names []string
	var labs []lab.Name
	var modes []topology.Mode
	for _, r := range report.Results {
		if r.Outcome != record.Failure || r.Scenario == record.RunItself {
			continue
		}
		if !of.has(r.Scenario) {
			return s, fmt.Errorf("rerun failed: %s: %s is not of suite %s: %w", path, r.Scenario, of.Name, errOtherSuite)
		}
		names = append(names, regexp.QuoteMeta(r.Name()))
		labs, modes = append(labs, r.Lab), append(modes, r.Mode)
	}
	if len(names) == 0 {
		return s, fmt.Errorf("rerun failed: %s: %w", path, errNothingFailed)
	}
	keep := func(l lab.Name) bool { return !slices.Contains(labs, l) }
	s.Labs = slices.DeleteFunc(lab.Names(), keep)
	s.Modes = slices.DeleteFunc(topology.Modes(), func(m topology.Mode) bool { return !slices.Contains(modes, m) })
	s.Focus = "^(" + strings.Join(names, "|") + ")"
	return s, nil
}
