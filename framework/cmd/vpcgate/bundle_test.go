package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/record"
)

// A scenario whose remedy does not cure leaves a bundle in its run's folder, on paper
// and on the wire: the report lists every file of it, and the seal covers it.
func TestRun_file_bundles_its_failure(t *testing.T) {
	text, err := os.ReadFile(ownScenario)
	if err != nil {
		t.Fatal(err)
	}
	const remedy = "name: from-pods, direction: ingress, protocol: tcp, ports: 5432, cidr: 172.20.0.0/16"
	bad := strings.Replace(string(text), remedy, strings.Replace(remedy, "172.20", "172.21", 1), 1)
	if bad == string(text) {
		t.Fatalf("the example does not hold %q", remedy)
	}
	path, root := filepath.Join(t.TempDir(), "bad.yaml"), t.TempDir()
	if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	labs := "paper"
	if wired, err := netns.Capable(); err != nil || wired {
		labs += ",netns"
	}
	out, status := vpcgate(t, "run", path, "--lab", labs, "--run", "bad", "--artifacts", root)
	if status != exitFailure || !strings.Contains(out, "bundles/OWN-001-routed-paper") {
		t.Errorf("status %d, and no way to the bundle in\n%s", status, out)
	}
	report, err := record.Read(filepath.Join(root, "bad", record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Lab == "" {
			continue
		}
		folder := "bundles/OWN-001-routed-" + string(r.Lab) + "/"
		for _, want := range []string{"verdict.txt", "world.yaml"} {
			if !slices.Contains(r.Bundle, folder+want) {
				t.Errorf("%s: %s is not listed in %q", r.Lab, folder+want, r.Bundle)
			}
		}
		if r.Lab == "netns" && !slices.Contains(r.Bundle, folder+"capture.pcapng") {
			t.Errorf("%s: no capture is listed in %q", r.Lab, r.Bundle)
		}
		if there := filesUnder(t, filepath.Join(root, "bad"), folder); !slices.Equal(there, r.Bundle) {
			t.Errorf("%s: there are %q, listed are %q", r.Lab, there, r.Bundle)
		}
	}
	if out, status := vpcgate(t, "verify", filepath.Join(root, "bad")); status != exitSuccess {
		t.Errorf("verify: status %d: %s", status, out)
	}
	if err := os.WriteFile(filepath.Join(root, "bad", "bundles/OWN-001-routed-paper/verdict.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := vpcgate(t, "verify", filepath.Join(root, "bad")); status == exitSuccess || !strings.Contains(out, "verdict.txt") {
		t.Errorf("an edited bundle was not noticed: status %d: %s", status, out)
	}
}

func filesUnder(t *testing.T, dir, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	slices.Sort(all)
	return all
}
