package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/engine"
)

func TestConfig_withoutWrapperIsTheHosts(t *testing.T) {
	t.Parallel()
	got, err := engine.Config([]byte(`{"bip":"10.0.0.1/16"}`), "")
	if err != nil || string(got) != "{\n  \"bip\": \"10.0.0.1/16\"\n}\n" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := engine.Config(nil, ""); err != nil || string(got) != "{}\n" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestConfig_addsTheWrapperToTheHostsRuntimes(t *testing.T) {
	t.Parallel()
	got, err := engine.Config([]byte(`{"runtimes":{"x":{"path":"/x"}}}`), "/w")
	want := `{
  "default-runtime": "vpcgate",
  "runtimes": {
    "vpcgate": {
      "path": "/w"
    },
    "x": {
      "path": "/x"
    }
  }
}
`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestConfig_refusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	if _, err := engine.Config([]byte(`{`), ""); err == nil {
		t.Error("want an error")
	}
}

func TestJudge_explainsAnEngineThatWouldFail(t *testing.T) {
	t.Parallel()
	facts := engine.Facts{Version: "20.10", DefaultRuntime: "runc", Local: true, MissingCapabilities: []string{"CAP_SYS_RESOURCE"}}
	var privileged *engine.PrivilegedError
	if err := engine.Judge(facts); !errors.As(err, &privileged) || !strings.Contains(err.Error(), "lacks CAP_SYS_RESOURCE") {
		t.Errorf("got %v", err)
	}
	for name, change := range map[string]func(*engine.Facts){
		"our runtime":      func(f *engine.Facts) { f.DefaultRuntime = "vpcgate" },
		"all capabilities": func(f *engine.Facts) { f.MissingCapabilities = nil },
		"another machine":  func(f *engine.Facts) { f.Local = false },
	} {
		f := facts
		change(&f)
		if err := engine.Judge(f); err != nil {
			t.Errorf("%s: got %v, want none", name, err)
		}
	}
}

func TestKindPatches_followTheHost(t *testing.T) {
	t.Parallel()
	if p := engine.KindPatches(engine.Facts{CgroupVersion: "2"}); len(p.Kubeadm)+len(p.Containerd) != 0 {
		t.Errorf("a plain workstation needs none, got %+v", p)
	}
	p := engine.KindPatches(engine.Facts{CgroupVersion: "1", MissingCapabilities: []string{"CAP_SYS_RESOURCE"}})
	all := strings.Join(append(p.Kubeadm, p.Containerd...), "")
	for _, want := range []string{"failCgroupV1: false", "KubeletInUserNamespace: true", "restrict_oom_score_adj = true"} {
		if !strings.Contains(all, want) {
			t.Errorf("lacks %q: %s", want, all)
		}
	}
}
