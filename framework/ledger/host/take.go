package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/ledger"
)

// stateFolder is where labs keep what is of the boot: one folder and lock for each
// cluster, and the namespaces that KEEP=1 pinned, by run.
const stateFolder = "/run/vpcgate"

// ownNamespace is the process's network namespace.
const ownNamespace = "/proc/self/ns/net"

// Take takes a snapshot. An engine that does not answer is waited for until the
// context ends. What cannot be read is said in it and is no error: a ledger
// compares what both of its snapshots have.
func Take(ctx context.Context) ledger.Snapshot {
	began := time.Now()
	s := ledger.Snapshot{Taken: began, Engine: ledger.EngineStill}
	engineLinks := network(&s)
	sysctls(&s, engineLinks)
	containers(ctx, &s)
	kept(&s)
	processes(&s)
	s.Seconds = time.Since(began).Seconds()
	return s
}

// network reads links, addresses, routes, rules and tables, and returns the links of
// the container engine.
func network(s *ledger.Snapshot) map[string]bool {
	all := []ledger.Section{ledger.Links, ledger.Addresses, ledger.Routes, ledger.Rules, ledger.Tables}
	ns, err := netns.FromPath(ownNamespace)
	if err != nil {
		for _, section := range all {
			s.Fail(section, err)
		}
		return nil
	}
	defer func() { _ = ns.Close() }() // nothing was written
	things, err := link.ListEverything(ns)
	if err != nil {
		for _, section := range all[:4] {
			s.Fail(section, err)
		}
	}
	engines := engineLinks(things.Links)
	if err == nil {
		for section, list := range map[ledger.Section][]link.Thing{
			ledger.Links: things.Links, ledger.Addresses: things.Addresses, ledger.Routes: things.Routes, ledger.Rules: things.Rules,
		} {
			s.Add(section, entries(list, engines)...)
		}
	}
	tables(s, ns)
	return engines
}

func entries(things []link.Thing, engines map[string]bool) []ledger.Entry {
	var all []ledger.Entry
	for _, t := range things {
		e := ledger.Entry{Name: t.Name, State: t.State}
		if engines[t.Device] {
			e.Owner = ledger.Engine
		}
		all = append(all, e)
	}
	return all
}

var engineNames = regexp.MustCompile(`^(docker[0-9]+|docker_gwbridge|br-[0-9a-f]{12}|veth[0-9a-f]+)$`)

// engineLinks are the links that a container engine makes, by its names for them,
// and the ports of its bridges.
func engineLinks(links []link.Thing) map[string]bool {
	all := map[string]bool{}
	for _, l := range links {
		_, master, _ := strings.Cut(l.State, " master ")
		all[l.Name] = engineNames.MatchString(l.Name) || master != "" && engineNames.MatchString(master)
	}
	return all
}

func tables(s *ledger.Snapshot, ns *netns.Namespace) {
	found, err := nft.Inventory(ns)
	if err != nil {
		s.Fail(ledger.Tables, err)
		return
	}
	s.Add(ledger.Tables)
	for _, t := range found {
		e := ledger.Entry{Name: t.Family + " " + t.Name, State: t.Digest}
		if slices.ContainsFunc(t.Chains, func(chain string) bool { return strings.HasPrefix(chain, "DOCKER") }) {
			e.Owner = ledger.Engine
		}
		s.Add(ledger.Tables, e)
	}
}

// kept reads what labs keep in the state folder: clusters' folders, by the id of the
// run in their names, and pinned namespaces.
func kept(s *ledger.Snapshot) {
	s.Add(ledger.Namespaces)
	s.Add(ledger.States)
	pins, err := filepath.Glob(filepath.Join(stateFolder, "netns", "*", "*", "vpcgate-*"))
	if err != nil {
		s.Fail(ledger.Namespaces, err)
	}
	for _, pin := range pins {
		run := filepath.Base(filepath.Dir(filepath.Dir(pin)))
		s.Add(ledger.Namespaces, ledger.Entry{Name: pin, Run: run})
	}
	folders, err := os.ReadDir(stateFolder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.Fail(ledger.States, err)
	}
	for _, f := range folders {
		// A lock's file stays, as it must: somebody may be about to take it.
		if run := runOf(f.Name()); run != "" && f.IsDir() {
			s.Add(ledger.States, ledger.Entry{Name: filepath.Join(stateFolder, f.Name()), Run: run})
		}
	}
}

var clusterNames = regexp.MustCompile(`^vpcgate-(?:tunnel|routed)-(.+)$`)

// runOf is the run's id in the name of a cluster; empty for any other name. A cluster
// that is kept has a digest there, and is nobody's run.
func runOf(cluster string) string {
	m := clusterNames.FindStringSubmatch(cluster)
	if m == nil {
		return ""
	}
	return m[1]
}
