package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/explain"
)

// peeredWorld is a world of the fixtures with edits of its text, as a file.
func peeredWorld(t *testing.T, edits ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../../fixtures/worlds/peered-vpcs.routed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer(edits...).Replace(string(text))
	if len(edits) > 0 && edited == string(text) {
		t.Fatalf("%q is not in the world", edits[0])
	}
	path := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExplain_ends_by_the_result(t *testing.T) {
	good := peeredWorld(t)
	bad := peeredWorld(t, "state: active", "state: pending", "      - {name: from-containers, direction: ingress, cidr: 10.0.0.0/16}\n", "")
	refused := peeredWorld(t, "serviceCIDR: 10.247.0.0/16", "serviceCIDR: 10.0.0.0/8")
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"a flow that is reached", []string{good, "pod-a", "ecs-p", "tcp", "80"}, exitSuccess, []string{"world peered-vpcs: reached", "seen as pod-a (10.0.0.10)", "reply"}},
		{"a flow in one argument", []string{good, "pod-a → ecs-p tcp/80"}, exitSuccess, []string{"reached"}},
		{"as whom was wanted", []string{good, "pod-a ecs-p tcp/80", "--seen-as", "pod-a"}, exitSuccess, []string{"reached"}},
		{"as somebody else", []string{good, "pod-a ecs-p tcp/80", "--seen-as", "node-1"}, exitFailure, []string{"seen as somebody else", "wanted    seen as node-1"}},
		{"two things in the way", []string{bad, "pod-a -> ecs-p tcp/80"}, exitFailure, []string{"blocker 1 of 2: route", "blocker 2 of 2: security-group", "the container CIDR block 10.0.0.0/16", "with both mended: reached"}},
		{"a drawing", []string{bad, "pod-a -> ecs-p tcp/80", "-o", "svg"}, exitFailure, []string{"<svg xmlns=", "blocker 2 of 2", "</svg>"}},
		{"nobody of the name", []string{good, "pod-x ecs-p tcp/80"}, exitUsage, []string{`nobody called "pod-x" can ask`, "did you mean pod-a?"}},
		{"nobody to be seen as", []string{good, "pod-a ecs-p tcp/80", "--seen-as", "pod-q"}, exitUsage, []string{`nobody called "pod-q"`}},
		{"no flow", []string{good}, exitUsage, []string{"requires at least 2 arg"}},
		{"no world", []string{good + ".missing", "pod-a ecs-p icmp"}, exitUsage, []string{"no such file"}},
		{"a world that the platform refuses", []string{refused, "pod-a ecs-p icmp"}, exitUsage, []string{"the platform refuses this world", "vpcgate plan"}},
		{"an unknown output", []string{good, "pod-a ecs-p icmp", "-o", "png"}, exitUsage, []string{`unknown output "png"`, "svg"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, status := vpcgate(t, append([]string{"explain"}, row.args...)...)
			if status != row.status {
				t.Errorf("status %d, want %d", status, row.status)
			}
			for _, part := range row.says {
				if !strings.Contains(out, part) {
					t.Errorf("%q is not in\n%s", part, out)
				}
			}
		})
	}
}

func TestExplain_json(t *testing.T) {
	bad := peeredWorld(t, "state: active", "state: pending")
	out, status := vpcgate(t, "explain", bad, "pod-a ecs-p tcp/80", "-o", "json")
	var e explain.Explanation
	if err := json.Unmarshal([]byte(out), &e); err != nil || status != exitFailure {
		t.Fatalf("status %d: %v\n%s", status, err, out)
	}
	if len(e.Blockers) != 1 || e.Blockers[0].Rule != "peering/peering-demo/pending" || !e.Mended.Positive() || len(e.MendedWay.Back) == 0 {
		t.Errorf("%+v", e)
	}
}
