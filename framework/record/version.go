package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Schema is the version of report.json that this code writes.
const Schema = "vpcgate.dev/report/v1alpha2"

// upgrades holds, for each older version that is still read, what makes a report of
// it one of Schema. A version that is not here is not read.
//
// v1alpha1 is v1alpha2 without fields that a run since then may add, all of them
// optional: there is nothing to fill in.
func upgrades() map[string]func(Report) Report {
	return map[string]func(Report) Report{
		"vpcgate.dev/report/v1alpha1": func(r Report) Report { return r },
	}
}

// Versions lists the versions of report.json that Read reads, the oldest first.
func Versions() []string {
	return append(slices.Sorted(maps.Keys(upgrades())), Schema)
}

// upgrade makes a report that was read one of Schema.
func upgrade(r Report) (Report, error) {
	if r.Schema == Schema {
		return r, nil
	}
	older, known := upgrades()[r.Schema]
	if !known {
		return Report{}, unreadable(r.Schema)
	}
	r = older(r)
	r.Schema = Schema
	return r, nil
}

func unreadable(schema string) error {
	return fmt.Errorf("its schema is %q; this vpcgate reads %s", schema, strings.Join(Versions(), " and "))
}
