package netns

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrTrouble is matched by the error of an operation that a Trouble made fail.
var ErrTrouble = errors.New("the kernel refuses, as it was told to")

// Trouble makes one operation on the kernel fail, for tests of what is left then. It
// counts what is attempted on the namespaces that were given to it, over all of
// them: creating and pinning one, entering one, netlink requests and transactions
// of rules. A nil Trouble lets everything pass. Safe for concurrent use.
type Trouble struct {
	left      atomic.Int64
	attempted atomic.Int64
}

// FailAfter lets so many operations pass, refuses the next one, and lets all others
// pass again: what cleans up is not in trouble.
func FailAfter(operations int) *Trouble {
	t := &Trouble{}
	t.left.Store(int64(operations))
	return t
}

// Attempt is asked before an operation; the error says which one failed.
func (t *Trouble) Attempt(operation, object string) error {
	if t == nil {
		return nil
	}
	n := t.attempted.Add(1)
	if t.left.Add(-1) != -1 {
		return nil
	}
	return fmt.Errorf("operation %d, %s %s: %w", n, operation, object, ErrTrouble)
}

// Struck reports whether the operation that is to fail has been attempted.
func (t *Trouble) Struck() bool { return t.left.Load() < 0 }

// Troubled puts what is done to the namespace under the Trouble from now on, and
// returns the handle. It is meant for the moment after New, before it is shared.
func (n *Namespace) Troubled(t *Trouble) *Namespace {
	n.trouble = t
	return n
}

// Attempt is asked by what works on the namespace, before each request to the
// kernel. It fails only in tests; see Trouble.
func (n *Namespace) Attempt(operation string) error { return n.trouble.Attempt(operation, n.name) }
