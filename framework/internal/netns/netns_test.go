package netns_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

func newNamespace(t testing.TB, name string) *netns.Namespace {
	t.Helper()
	ns, err := netns.New(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ns.Close(); err != nil {
			t.Error(err)
		}
	})
	return ns
}

func identify(t testing.TB, ns *netns.Namespace) uint64 {
	t.Helper()
	id, err := ns.ID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// threadNamespace is the namespace that the calling thread is in.
func threadNamespace() (string, error) { return os.Readlink("/proc/thread-self/ns/net") }

func TestDo_runs_inside_and_leaves_the_process_outside(t *testing.T) {
	ns := newNamespace(t, "a")
	want := fmt.Sprintf("net:[%d]", identify(t, ns))
	home, err := threadNamespace()
	if err != nil {
		t.Fatal(err)
	}
	var inside string
	if err := ns.Do(func() (err error) { inside, err = threadNamespace(); return err }); err != nil {
		t.Fatal(err)
	}
	if inside != want {
		t.Errorf("inside Do the thread is in %s; want %s", inside, want)
	}
	// Whatever thread a goroutine runs on now, it is at home.
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			if now, err := threadNamespace(); err != nil || now != home {
				t.Errorf("a thread is in %s (error %v); want %s", now, err, home)
			}
		})
	}
	all.Wait()
	first, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", os.Getpid()))
	if err != nil || first != home {
		t.Errorf("first thread is in %s (error %v); want %s", first, err, home)
	}
}

func TestDo_errors(t *testing.T) {
	ns := newNamespace(t, "a")
	cause := errors.New("cause")
	if err := ns.Do(func() error { return cause }); !errors.Is(err, cause) {
		t.Errorf("got %v; want the function's own error", err)
	}
	if err := ns.Do(func() error { runtime.Goexit(); return nil }); err == nil {
		t.Error("a function that ends its goroutine gives no error")
	}
	if err := ns.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ns.Do(func() error { return nil }); !errors.Is(err, netns.ErrClosed) {
		t.Errorf("after Close: got %v; want %v", err, netns.ErrClosed)
	}
}

func TestDo_nested_and_concurrent(t *testing.T) {
	a, b := newNamespace(t, "a"), newNamespace(t, "b")
	wantA, wantB := fmt.Sprintf("net:[%d]", identify(t, a)), fmt.Sprintf("net:[%d]", identify(t, b))
	check := func(want string) error {
		got, err := threadNamespace()
		if err == nil && got != want {
			err = fmt.Errorf("in %s, want %s", got, want)
		}
		return err
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := a.Do(func() error {
				return errors.Join(b.Do(func() error { return check(wantB) }), check(wantA))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestNew_has_loopback_up_and_shares_no_ports(t *testing.T) {
	a, b := newNamespace(t, "a"), newNamespace(t, "b")
	for _, ns := range []*netns.Namespace{a, b} {
		err := ns.Do(func() error {
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:5432")
			if err == nil {
				t.Cleanup(func() { _ = listener.Close() })
			}
			return err
		})
		if err != nil {
			t.Errorf("listen in %s: %v", ns, err)
		}
		var conn net.Conn
		err = ns.Do(func() (err error) {
			conn, err = (&net.Dialer{}).DialContext(t.Context(), "tcp4", "127.0.0.1:5432")
			return err
		})
		if err != nil {
			t.Errorf("dial in %s: %v", ns, err)
			continue
		}
		_ = conn.Close()
	}
}

func TestFromPID_and_FromPath_are_the_same_namespace(t *testing.T) {
	own, err := netns.FromPID(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	path, err := netns.FromPath("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := identify(t, own), identify(t, path); a != b {
		t.Errorf("got %d and %d; want one namespace", a, b)
	}
	if err := errors.Join(own.Close(), path.Close()); err != nil {
		t.Error(err)
	}
}

func TestFromPath_rejects_what_is_no_network_namespace(t *testing.T) {
	for path, want := range map[string]string{
		"/etc/hostname":     "not a namespace",
		"/proc/self/ns/mnt": "not a network namespace",
		"/nonexistent":      "no such file",
	} {
		ns, err := netns.FromPath(path)
		if err == nil {
			t.Errorf("%s opened as a namespace", path)
			_ = ns.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %q; want it to name the path and %q", path, err, want)
		}
	}
}

func TestPin_outlives_the_handle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "net")
	ns := newNamespace(t, "a")
	id := identify(t, ns)
	if err := ns.Pin(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = netns.Unpin(path) })
	if err := ns.Pin(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second pin: got %v; want %v", err, fs.ErrExist)
	}
	if err := ns.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := netns.FromPath(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := identify(t, again); got != id {
		t.Errorf("pinned namespace is %d; want %d", got, id)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	for _, moment := range []string{"first", "second"} {
		if err := netns.Unpin(path); err != nil {
			t.Errorf("%s unpin: %v", moment, err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after unpin: %v; want the path to be gone", err)
	}
}

func TestUnpin_leaves_foreign_files_alone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := netns.Unpin(path); err == nil {
		t.Error("unpinned an ordinary file")
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
}

func TestSysctl_is_per_namespace(t *testing.T) {
	a, b := newNamespace(t, "a"), newNamespace(t, "b")
	// A new namespace starts with the host's value, so both are set.
	if err := errors.Join(a.Sysctl("net.ipv4.ip_forward", "1"), b.Sysctl("net.ipv4.ip_forward", "0")); err != nil {
		t.Fatal(err)
	}
	for ns, want := range map[*netns.Namespace]string{a: "1", b: "0"} {
		got, err := ns.ReadSysctl("net.ipv4.ip_forward")
		if err != nil || got != want {
			t.Errorf("%s: got %q, error %v; want %q", ns, got, err, want)
		}
	}
	if err := a.Sysctl("net.ipv4.nonexistent", "1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown key: got %v; want %v", err, fs.ErrNotExist)
	}
	if err := a.Sysctl("kernel.hostname", "x"); err == nil {
		t.Error("a key outside net was accepted")
	}
}

func TestClose_leaks_no_descriptor(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := count()
	for range 10 {
		ns, err := netns.New("a")
		if err != nil {
			t.Fatal(err)
		}
		_ = ns.Do(func() error { return nil })
		if err := errors.Join(ns.Close(), ns.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestDo_keeps_the_number_of_threads_bounded(t *testing.T) {
	ns := newNamespace(t, "a")
	for range 500 {
		if err := ns.Do(func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	// A handful of the runtime's own, and none per call.
	if len(tasks) > 50 {
		t.Errorf("%d threads after 500 calls", len(tasks))
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		ns, err := netns.New("a")
		if err != nil {
			b.Fatal(err)
		}
		_ = ns.Close()
	}
}

func BenchmarkDo(b *testing.B) {
	ns := newNamespace(b, "a")
	for b.Loop() {
		if err := ns.Do(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
