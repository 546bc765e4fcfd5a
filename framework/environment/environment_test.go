package environment_test

import (
	"runtime"
	"testing"

	"github.com/vpcgate/vpcgate/framework/environment"
)

func TestDescribe_knows_this_machine(t *testing.T) {
	e := environment.Describe(t.Context(), ".")
	if e.Kernel == "" || e.Go != runtime.Version() || e.CPUs < 1 || e.MemoryBytes < 1<<20 {
		t.Errorf("got %+v", e)
	}
}

func TestDescribe_outside_of_a_repository_has_no_commit(t *testing.T) {
	if e := environment.Describe(t.Context(), t.TempDir()); e.Git.Commit != "" || e.Git.State != "" {
		t.Errorf("got %+v", e.Git)
	}
}
