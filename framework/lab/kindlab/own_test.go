package kindlab

import (
	"errors"
	"testing"
)

// A fault may hit what is of its own run, and nothing else on the machine.
func TestWhose(t *testing.T) {
	id := identity{run: "r1", cluster: "vpcgate-tunnel-r1", state: "/run/vpcgate"}
	labels := func(change ...string) map[string]string {
		l := id.labels(roleGateway, "vpc")
		for i := 0; i+1 < len(change); i += 2 {
			l[change[i]] = change[i+1]
		}
		return l
	}
	router := container{Name: "router", Labels: labels()}
	node := container{Name: "node", Labels: map[string]string{kindLabel: id.cluster}}
	kept := id
	kept.kept = true
	for _, c := range []struct {
		name string
		id   identity
		is   container
		ours []container
		want error
	}{
		{"a router of this run", id, router, nil, nil},
		{"a node of this run's cluster", id, node, []container{router}, nil},
		{"a host of another run", id, container{Labels: labels(labelRun, "r2")}, nil, ErrNotOurs},
		{"a host of another cluster", id, container{Labels: labels(labelCluster, "other")}, nil, ErrNotOurs},
		{"a host of another state folder", id, container{Labels: labels(labelState, "/tmp")}, nil, ErrNotOurs},
		{"a node of another cluster", id, container{Labels: map[string]string{kindLabel: "other"}}, []container{router}, ErrNotOurs},
		{"a node whose cluster has nothing of this run", id, node, []container{{Labels: labels(labelRun, "r2")}}, ErrNotOurs},
		{"somebody's container", id, container{Name: "database"}, []container{router}, ErrNotOurs},
		{"a router of a kept lab's former run", kept, container{Labels: labels(labelRun, "r0", labelKept, "true")}, nil, nil},
		{"a router of a former run, while labs are not kept", id, container{Labels: labels(labelRun, "r0", labelKept, "true")}, nil, ErrNotOurs},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.id.whose(c.is, c.ours); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestStatOf(t *testing.T) {
	for _, c := range []struct {
		text, program string
		pid           int
		state         string
		ok            bool
	}{
		{"371 (kube-proxy) T 300 371 0", "kube-proxy", 371, "T", true},
		{"512 (kube-apiserver) S 1 2", "kube-apiserver", 512, "S", true},
		{"513 (kube-controller) S 1 2", "kube-controller-manager", 513, "S", true},
		{"7 (kube) proxy) S 1 2", "kube-proxy", 0, "", false},
		{"8 (kubelet) S 1 2", "kube-proxy", 0, "", false},
		{"nothing", "kubelet", 0, "", false},
	} {
		pid, state, ok := statOf(c.text, c.program)
		if pid != c.pid || state != c.state || ok != c.ok {
			t.Errorf("%q: got %d %q %v", c.text, pid, state, ok)
		}
	}
}
