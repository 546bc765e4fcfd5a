package probe_test

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// TestMain runs the tests as they are when root, and else in a user namespace; they are never skipped.
func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// loopback is the only address of a fresh namespace, so no packet of these tests can leave it.
func loopback() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// isolated returns a fresh namespace with nothing but a loopback.
func isolated(t testing.TB) *netns.Namespace {
	t.Helper()
	n, err := netns.New(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// local returns an agent in a namespace, with listeners.
func local(t testing.TB, identity string, n *netns.Namespace, listeners ...string) *probe.Local {
	t.Helper()
	agent := probe.NewLocal(identity, probe.Within(n.Do))
	t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := agent.Listen(t.Context(), parsed(t, listeners...)); err != nil {
		t.Fatal(err)
	}
	return agent
}

func parsed(t testing.TB, texts ...string) []probe.Listener {
	t.Helper()
	listeners := make([]probe.Listener, 0, len(texts))
	for _, text := range texts {
		l, err := probe.ParseListener(text)
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
	}
	return listeners
}

// one asks one question.
func one(t testing.TB, agent probe.Agent, q probe.Question) probe.Answer {
	t.Helper()
	answers, err := agent.Ask(t.Context(), []probe.Question{q})
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers to one question", len(answers))
	}
	return answers[0]
}
