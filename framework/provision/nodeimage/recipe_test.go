package nodeimage

import (
	"slices"
	"strings"
	"testing"
)

func testInputs() inputs {
	return inputs{
		version:   "v1.37.0",
		toolchain: "go1.26",
		module: map[string][]byte{
			"go.mod": []byte("module x\n"), "cmd/pause/main.go": []byte("package main"), "runtime/go.mod": []byte("module r\n"),
		},
		kindFiles: map[string][]byte{"kind/a": []byte("a")},
		recipe:    map[string][]byte{"compose.go": []byte("package nodeimage")},
	}
}

func TestDefaultK8sVersion_isKinds(t *testing.T) {
	t.Parallel()
	if _, err := stagingVersion(DefaultK8sVersion()); err != nil {
		t.Error(err)
	}
	if ref := UpstreamRef(DefaultK8sVersion()); !strings.Contains(ref, "@sha256:") {
		t.Errorf("the default image is not pinned: %s", ref)
	}
	if ref := UpstreamRef("v1.36.3"); ref != "kindest/node:v1.36.3" {
		t.Errorf("got %s", ref)
	}
}

func TestImageKey_followsEveryInput(t *testing.T) {
	t.Parallel()
	base := testInputs()
	for name, change := range map[string]func(*inputs){
		"the Kubernetes version":      func(in *inputs) { in.version = "v1.37.2" },
		"the toolchain":               func(in *inputs) { in.toolchain = "go1.27" },
		"the pinned versions":         func(in *inputs) { in.module["go.mod"] = []byte("module y\n") },
		"the runtime's versions":      func(in *inputs) { in.module["runtime/go.mod"] = []byte("module y\n") },
		"a program's own source":      func(in *inputs) { in.module["cmd/pause/main.go"] = []byte("package pause") },
		"the recipe":                  func(in *inputs) { in.recipe["compose.go"] = []byte("package x") },
		"a file of kind's base image": func(in *inputs) { in.kindFiles["kind/a"] = []byte("b") },
	} {
		in := testInputs()
		change(&in)
		if in.imageKey() == base.imageKey() {
			t.Errorf("the key does not follow %s", name)
		}
	}
	if testInputs().ref() != base.ref() {
		t.Error("equal inputs have different names")
	}
}

func TestProgramKey_isLeftAloneByOtherPrograms(t *testing.T) {
	t.Parallel()
	changed := testInputs()
	changed.module["cmd/pause/main.go"] = []byte("package pause")
	for _, p := range programs() {
		same := testInputs().programKey(p) == changed.programKey(p)
		if same == (p.name == "pause") {
			t.Errorf("%s: key stays: %t", p.name, same)
		}
	}
	upgraded := testInputs()
	upgraded.version = "v1.37.2"
	for _, p := range programs() {
		if same := testInputs().programKey(p) == upgraded.programKey(p); same != p.runtime {
			t.Errorf("%s: key stays over a Kubernetes upgrade: %t", p.name, same)
		}
	}
}

func TestProgram_kubernetesIsStamped(t *testing.T) {
	t.Parallel()
	ldflags := programs()[0].args("v1.37.2")[5]
	for _, want := range []string{"version.gitVersion=v1.37.2", "version.gitMajor=1", "version.gitMinor=37"} {
		if !strings.Contains(ldflags, want) {
			t.Errorf("%q lacks %s", ldflags, want)
		}
	}
}

func TestIsRecipe_leavesOutWhatOnlyOrganises(t *testing.T) {
	t.Parallel()
	if !isRecipe("compose.go") || isRecipe("compose_test.go") || isRecipe("ensure.go") {
		t.Error("a test or the way to an image decides what is in it")
	}
}

const kubernetesGoMod = `module k8s.io/kubernetes

require (
	go.etcd.io/etcd/client/v3 v3.6.5
	k8s.io/api v0.0.0
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/streaming => ./staging/src/k8s.io/streaming
)
`

func TestEdits_moveTheModuleToAVersion(t *testing.T) {
	t.Parallel()
	got, err := edits("v1.35.4", kubernetesGoMod, "v1.13.1", []string{"k8s.io/old"})
	want := []string{
		"mod", "edit", "-require=k8s.io/kubernetes@v1.35.4", "-dropreplace=k8s.io/old",
		"-replace=k8s.io/api=k8s.io/api@v0.35.4", "-droprequire=k8s.io/api",
		"-replace=k8s.io/streaming=k8s.io/streaming@v0.35.4", "-droprequire=k8s.io/streaming",
		"-require=go.etcd.io/etcd/server/v3@v3.6.5", "-require=github.com/coredns/coredns@v1.13.1",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := edits("2.0", kubernetesGoMod, "", nil); err == nil {
		t.Error("want an error for a version that is none")
	}
}

func TestCorednsVersion_isReadFromKubeadm(t *testing.T) {
	t.Parallel()
	if got := corednsVersion("\tCoreDNSVersion = \"v1.14.6\"\n"); got != "v1.14.6" {
		t.Errorf("got %q", got)
	}
}

func TestReplacedModules_findsEveryForm(t *testing.T) {
	t.Parallel()
	got := replacedModules("replace a/b => c/d v1\n\nreplace (\n\te/f => ../g\n)\n")
	if !slices.Equal(got, []string{"a/b", "e/f"}) {
		t.Errorf("got %q", got)
	}
}
