package netns_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// One operation fails, whichever namespace it is on; all others pass.
func TestTrouble_strikesOnce(t *testing.T) {
	trouble := netns.FailAfter(2)
	a, b := newNamespace(t, "a").Troubled(trouble), newNamespace(t, "b").Troubled(trouble)
	nothing := func() error { return nil }
	for i, ns := range []*netns.Namespace{a, b, a, b} {
		err := ns.Do(nothing)
		if got, want := errors.Is(err, netns.ErrTrouble), i == 2; got != want {
			t.Errorf("operation %d: got %v", i, err)
		}
		if struck := trouble.Struck(); struck != (i >= 2) {
			t.Errorf("operation %d: struck %t", i, struck)
		}
		if i == 2 && !strings.Contains(err.Error(), "operation 3, enter a") {
			t.Errorf("got %v", err)
		}
	}
	if err := (*netns.Trouble)(nil).Attempt("create", "c"); err != nil {
		t.Errorf("no trouble: %v", err)
	}
}
