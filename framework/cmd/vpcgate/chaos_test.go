package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestChaos_usage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"chaos", "--lab", "paper"}, "chaos: faults under live traffic are for the labs netns and kind"},
		{[]string{"chaos", "--lab", "netns", "--for", "-1s"}, "the time is not positive"},
		{[]string{"chaos", "--lab", "netns", "--labs", "0"}, "chaos with 0 labs: there must be one"},
		{[]string{"chaos", "--lab", "netns", "--schedule", filepath.Join("testdata", "none.yaml")}, "no such file"},
		{[]string{"chaos", "--lab", "netns", "--schedule", ownScenario}, "parse schedule: it is a"},
	} {
		if out, status := vpcgate(t, c.args...); status != exitUsage || !strings.Contains(out, c.want) {
			t.Errorf("%v: status %d, %s", c.args, status, out)
		}
	}
}
