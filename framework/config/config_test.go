package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

var now = time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)

func TestLoad_empty_environment_means_everything(t *testing.T) {
	s, err := config.Load(map[string]string{"HOME": "/home/u"}, "/repo", now)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Labs, lab.Names()) || !reflect.DeepEqual(s.Modes, topology.Modes()) {
		t.Errorf("labs %v, modes %v: not all of them", s.Labs, s.Modes)
	}
	if s.ArtifactDir() != "/repo/artifacts/"+s.Run || s.Cache != "/home/u/.cache/vpcgate" || s.Keep != config.TakeDown {
		t.Errorf("defaults: %+v", s)
	}
	if !strings.HasPrefix(s.Run, "20261122-233000-") {
		t.Errorf("run id %q does not begin with its time", s.Run)
	}
}

func TestLoad_reads_every_setting(t *testing.T) {
	s, err := config.Load(map[string]string{
		"VPCGATE_LAB": "kind, netns", "VPCGATE_MODE": "routed", "VPCGATE_FOCUS": "SG-00[12]", "VPCGATE_KEEP": "1",
		"VPCGATE_RUN": "nightly-7", "VPCGATE_ARTIFACTS": "out", "VPCGATE_CACHE": "/big/cache", "K8S_VERSION": "1.36.1",
		"VPCGATE_TEETH": "7", "VPCGATE_BROWSER": "required", "VPCGATE_TIMING_FACTOR": "2",
	}, "/repo", now)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Settings{
		Labs: []lab.Name{lab.Netns, lab.Kind}, Modes: []topology.Mode{topology.Routed}, Focus: "SG-00[12]",
		Keep: config.KeepLabs, Run: "nightly-7", ArtifactRoot: "/repo/out", Cache: "/big/cache",
		KubernetesVersion: "v1.36.1", Timing: config.DefaultTiming().Scale(2), TimingFactor: 2, Teeth: 7, Browser: config.BrowserRequired,
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	env := map[string]string{}
	for _, kv := range s.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	if again, err := config.Load(env, "/elsewhere", now); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("a child process loads %+v, %v; want %+v", again, err, want)
	}
}

func TestLoad_reports_all_problems_at_once(t *testing.T) {
	_, err := config.Load(map[string]string{
		"VPCGATE_LAB": "knd,paper", "VPCGATE_MODE": "router", "VPCGATE_FOCUS": "SG-(", "VPCGATE_KEEP": "maybe",
		"VPCGATE_RUN": "Nightly", "K8S_VERSION": "latest", "VPCGATE_TIMING_FACTOR": "NaN", "VPCGATE_MODES": "x", "VPCGATE_BROWSER": "yes",
		"VPCGATE_IN_USER_NAMESPACE": "1",
	}, "/repo", now)
	if err == nil {
		t.Fatal("accepted")
	}
	want := `settings: VPCGATE_LAB: unknown "knd"; did you mean kind? known are paper, netns, kind
VPCGATE_MODE: unknown "router"; did you mean routed? known are tunnel, routed
VPCGATE_FOCUS: "SG-(" is no regular expression: error parsing regexp: missing closing ): ` + "`SG-(`" + `
VPCGATE_KEEP: "maybe" is neither 1 nor 0
VPCGATE_RUN: "Nightly" is no run id: lower-case letters, digits and dashes, 1 to 32 of them, no dash at either end
K8S_VERSION: "latest" is no Kubernetes version such as v1.37.2
VPCGATE_TIMING_FACTOR: "NaN" is no number from 0.2 to 20
VPCGATE_BROWSER: "yes" is neither optional nor required
VPCGATE_MODES: no such setting; did you mean VPCGATE_MODE? known are VPCGATE_LAB, VPCGATE_MODE, VPCGATE_FOCUS, ` +
		`VPCGATE_KEEP, VPCGATE_RUN, VPCGATE_ARTIFACTS, VPCGATE_CACHE, VPCGATE_TIMING_FACTOR, VPCGATE_TEETH, VPCGATE_BROWSER, VPCGATE_SIGNING_KEY, VPCGATE_DEBIAN_MIRROR`
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestTiming_defaults_are_valid_at_every_factor(t *testing.T) {
	for _, factor := range []float64{0.2, 1, 20} {
		timing := config.DefaultTiming().Scale(factor)
		if err := timing.Validate(); err != nil {
			t.Errorf("factor %g: %v", factor, err)
		}
		if timing.ProbeTimeout > 2500*time.Millisecond {
			t.Errorf("factor %g: probe timeout %s is over 2.5 s", factor, timing.ProbeTimeout)
		}
	}
}

func TestTiming_validate_names_every_wrong_field(t *testing.T) {
	timing := config.DefaultTiming()
	timing.Settle, timing.ProbeTimeout, timing.Repeat = 0, 3*time.Second, 0
	want := "timing Settle: 0s is not a positive duration\ntiming ProbeTimeout: 3s is over 2.5s\ntiming Repeat: 0 is less than one"
	if err := timing.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// Scale lists the durations by hand; a field forgotten there would not scale.
func TestTiming_scale_reaches_every_duration(t *testing.T) {
	one, two := reflect.ValueOf(config.DefaultTiming()), reflect.ValueOf(config.DefaultTiming().Scale(0.5))
	for i := range one.NumField() {
		if d, ok := one.Field(i).Interface().(time.Duration); ok && two.Field(i).Interface() != d/2 {
			t.Errorf("%s was not scaled", one.Type().Field(i).Name)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"SG-001", "SG-017", "PEER-001"}
	for given, want := range map[string]string{"SG-01": "SG-001", "sg-017": "SG-017", "PEER-1": "PEER-001", "database": ""} {
		got, ok := config.Nearest(given, known)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("nearest to %q: got %q, want %q", given, got, want)
		}
	}
}

func TestNewRunID_is_a_run_id(t *testing.T) {
	if err := config.CheckRunID(config.NewRunID(now)); err != nil {
		t.Error(err)
	}
}

func TestRoot(t *testing.T) {
	root, err := config.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "framework", "config", "root.go")); err != nil {
		t.Error(err)
	}
	if _, err := config.Root(t.TempDir()); err == nil {
		t.Error("found a root where there is none")
	}
}
