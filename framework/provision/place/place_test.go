package place_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/provision/place"
)

func TestCache_prefersItsOwnVariable(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/xdg")
	t.Setenv("VPCGATE_CACHE", "")
	if got, err := place.Cache(); err != nil || got != "/xdg/vpcgate" {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("VPCGATE_CACHE", "/own")
	if got, err := place.Cache(); err != nil || got != "/own" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestState_defaultsToTheHomeFolder(t *testing.T) {
	t.Setenv("VPCGATE_STATE", "")
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "/h")
	if got, err := place.State(); err != nil || got != "/h/.local/state/vpcgate" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSource_isFoundFromBelow(t *testing.T) {
	t.Setenv("VPCGATE_SOURCE", "")
	got, err := place.Source()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(got, "framework/provision/place/place.go")); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if _, err := place.Source(); !errors.Is(err, place.ErrNoSource) {
		t.Errorf("got %v, want ErrNoSource", err)
	}
}

func TestLock_secondHolderWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "lock")
	unlock, err := place.Lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var told []string
	_, err = place.Lock(ctx, path, func() func(error) {
		told = append(told, "waits")
		return func(error) { told = append(told, "ended") }
	})
	if err == nil || !strings.Contains(err.Error(), "another process holds it") {
		t.Errorf("got %v, want a wait that ended", err)
	}
	if !slices.Equal(told, []string{"waits", "ended"}) {
		t.Errorf("told %q", told)
	}
	unlock()
	again, err := place.Lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
