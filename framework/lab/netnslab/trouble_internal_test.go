package netnslab

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// fewest is how many operations of the kernel one adoption of the small world takes
// at least: fewer would mean that something is not counted any more.
const fewest = 100

// smallWorld has one of everything that a namespace is made for: a router, nodes with
// an overlay, a pod, a host with a bridge.
func smallWorld() topology.World {
	w := labtest.Cluster(topology.Tunnel)
	c := &w.Clusters[0]
	c.Pods = c.Pods[:1]
	w.Hosts = w.Hosts[1:]
	w.Hosts[0].Engine = &topology.Engine{Networks: []topology.EngineNetwork{{Name: "compose"}}}
	return w
}

// Every single operation that adopting takes fails in turn: each namespace that
// cannot be made, each link, address, route, rule and transaction. Nothing is left:
// no namespace that this process holds, no world; and the next adoption is as a
// first one.
func TestAdopt_thatFailsAtAnyOperationLeavesNothing(t *testing.T) {
	w := smallWorld()
	changed, err := change.Edit(w, change.All(
		change.RevokeRule{Group: "sg-k", Rule: "in"}, change.AddRoute{Table: "rtb", Route: toInstance("172.31.0.0/16", "ecs-k")},
		change.StopForwarding{Node: "node-1"}, change.RemoveEngine{Host: "ecs-k"},
	))
	if err != nil {
		t.Fatal(err)
	}
	fresh := opened(t)
	adopted(t, fresh, w)
	want := dump(t, fresh)
	before := heldNamespaces(t)
	for _, from := range []topology.World{{}, changed} {
		name := "from " + from.Name
		if from.Name == "" {
			name = "from nothing"
		}
		t.Run(name, func(t *testing.T) {
			l := opened(t)
			step := 0
			for ; ; step++ {
				if from.Name != "" {
					l.trouble = nil
					adopted(t, l, from)
				}
				trouble := netns.FailAfter(step)
				l.put(trouble)
				err := l.Adopt(t.Context(), w)
				if !trouble.Struck() {
					break
				}
				if !errors.Is(err, netns.ErrTrouble) {
					t.Errorf("operation %d failed, and adopting ended with %v", step, err)
				}
				if len(l.spaces) > 0 || len(l.agents) > 0 || l.open || !reflect.DeepEqual(l.World(), topology.World{}) {
					t.Errorf("operation %d: %d namespaces, %d agents and world %q are left: %v", step, len(l.spaces), len(l.agents), l.World().Name, err)
				}
				if left := heldNamespaces(t); left > before {
					t.Fatalf("operation %d: this process holds %d namespaces more: %v", step, left-before, err)
				}
			}
			l.put(nil)
			if d := differences(want, dump(t, l)); d != "" {
				t.Errorf("adopting after %d failures is not as a first time:%s", step, d)
			}
			if from.Name == "" && step < fewest {
				t.Errorf("adopting took %d operations only", step)
			}
			t.Logf("%d operations failed in turn", step)
		})
	}
}

// put puts the lab under a Trouble, with the namespaces that it has.
func (l *Lab) put(t *netns.Trouble) {
	l.trouble = t
	for _, ns := range l.spaces {
		ns.Troubled(t)
	}
}

// heldNamespaces counts the network namespaces that this process holds open.
func heldNamespaces(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, e := range entries {
		// One that was closed meanwhile is not held.
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(target, "net:[") {
			held[target] = true
		}
	}
	return len(held)
}
