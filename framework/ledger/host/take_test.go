package host_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
)

// The machine has at least a loopback, and reading it twice changes nothing that is
// the machine's own.
func TestTake(t *testing.T) {
	before := host.Take(t.Context())
	after := host.Take(t.Context())
	if !slices.ContainsFunc(before.Entries[ledger.Links], func(e ledger.Entry) bool { return e.Name == "lo" }) {
		t.Errorf("links are %v, unread %v", before.Entries[ledger.Links], before.Unread)
	}
	for _, section := range []ledger.Section{ledger.Links, ledger.Addresses, ledger.Routes, ledger.Rules, ledger.Tables, ledger.Sysctls, ledger.Processes} {
		if _, read := before.Entries[section]; !read {
			t.Errorf("%s were not read: %s", section, before.Unread[section])
		}
	}
	l := ledger.Compare("nobody", before, after, ledger.Gone)
	if err := l.Err(); err != nil {
		t.Error(err)
	}
	if n := l.Compared[ledger.Sysctls]; n < 100 {
		t.Errorf("only %d parameters were compared", n)
	}
	t.Logf("%.0f ms and %.0f ms; %s", before.Seconds*1000, after.Seconds*1000, l)
}

func BenchmarkTake(b *testing.B) {
	for b.Loop() {
		host.Take(b.Context())
	}
}
