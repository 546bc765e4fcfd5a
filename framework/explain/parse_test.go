package explain_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/explain"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func TestParseFlow(t *testing.T) {
	w := worlds.CacheVPC(topology.Routed)
	for _, row := range []struct {
		text string
		want topology.Flow
	}{
		{"pod-a → ecs-25 tcp/80", topology.OverTCP("pod-a", "ecs-25", 80)},
		{"pod-a -> ecs-25 tcp/80", topology.OverTCP("pod-a", "ecs-25", 80)},
		{"pod-a ecs-25 tcp 80", topology.OverTCP("pod-a", "ecs-25", 80)},
		{"  pod-a   ecs-25  udp/514 ", topology.OverUDP("pod-a", "ecs-25", 514)},
		{"pod-a ecs-25 ping", topology.Ping("pod-a", "ecs-25")},
		{"pod-a ecs-25 icmp", topology.Ping("pod-a", "ecs-25")},
		{"pod-a cache redis", topology.OverRedis("pod-a", "cache")},
		{"pod-a cache redis 6379", topology.OverRedis("pod-a", "cache")},
		{"pod-a ecs-25 tcp/80 established", topology.Established("pod-a", "ecs-25", 80)},
		{"pod-a ecs-25 tcp 80 4000 bytes", topology.Bulk("pod-a", "ecs-25", 80, 4000)},
	} {
		if got, err := explain.ParseFlow(w, row.text); err != nil || got != row.want {
			t.Errorf("ParseFlow(%q) = %+v, %v; want %+v", row.text, got, err, row.want)
		}
	}
}

// What flows print is what is read, for every flow of the catalogue.
func TestParseFlow_reads_what_flows_print(t *testing.T) {
	for _, s := range scenarios.Catalogue() {
		for _, m := range s.Modes() {
			w, err := s.HealthyWorld(m)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range s.Expectations(m) {
				if w.ValidateFlow(e.Flow) != nil {
					continue // one end comes with the break
				}
				if got, err := explain.ParseFlow(w, e.Flow.String()); err != nil || got != e.Flow {
					t.Errorf("%s: ParseFlow(%q) = %+v, %v", s.ID, e.Flow, got, err)
				}
			}
		}
	}
}

func TestParseFlow_says_what_is_wrong(t *testing.T) {
	w := worlds.OneVPC(topology.Routed)
	for _, row := range []struct {
		text string
		says []string
	}{
		{"", []string{"too few words", "write FROM TO HOW"}},
		{"pod-a ecs-25", []string{"too few words"}},
		{"pod-c ecs-26 tcp/80", []string{`nobody called "pod-c" can ask`, "did you mean pod-a?", `nobody called "ecs-26" can be asked`, "did you mean ecs-25?"}},
		{"pod-a ecs-25 tpc/80", []string{`nothing speaks "tpc"`, "known are icmp, ping, tcp"}},
		{"pod-a ecs-25 tcp/x", []string{`"x" is no port`}},
		{"pod-a ecs-25 tcp/0", []string{`"0" is no port`}},
		{"pod-a ecs-25 tcp/70000", []string{`"70000" is no port`}},
		{"pod-a ecs-25 tcp/", []string{"no port behind the slash"}},
		{"pod-a ecs-25 tcp", []string{"tcp needs a port"}},
		{"pod-a ecs-25 icmp/80", []string{"icmp has no port"}},
		{"pod-a ecs-25 icmp 80", []string{`what does "80" mean?`}},
		{"pod-a ecs-25 tcp/80 soon", []string{`what does "soon" mean?`}},
		{"pod-a ecs-25 tcp/80 -1 bytes", []string{`"-1" is no number of bytes`}},
		{"pod-a ecs-25 udp/514 established", []string{"only a tcp flow is an established connection"}},
		{"pod-a -> pod-a icmp", []string{"both ends are pod-a"}},
	} {
		_, err := explain.ParseFlow(w, row.text)
		if err == nil {
			t.Errorf("ParseFlow(%q) succeeds", row.text)
			continue
		}
		for _, part := range row.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ParseFlow(%q) = %q, which lacks %q", row.text, err, part)
			}
		}
	}
}
