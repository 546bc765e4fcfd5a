//go:build kind

package kindlab_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// managedWorld is the page's world with an instance of every managed service.
func managedWorld(m topology.Mode) topology.World {
	w := worlds.OneVPC(m)
	w.Name = "managed"
	add := func(name string, last byte, m topology.Managed) {
		nic := topology.NIC{Subnet: "subnet-b", Address: netip.AddrFrom4([4]byte{192, 168, 20, last}), SecurityGroups: []string{"sg-open"}}
		w.Hosts = append(w.Hosts, topology.Host{Name: name, NIC: nic, Managed: &m})
	}
	add("cache", 163, topology.Managed{Kind: topology.DCSRedis})
	add("database", 164, topology.Managed{Kind: topology.RDSMySQL})
	add("rabbit", 169, topology.Managed{Kind: topology.DMSRabbitMQ})
	for i := range byte(3) {
		add(fmt.Sprintf("kafka-%d", i+1), 166+i, topology.Managed{Kind: topology.DMSKafka, Instance: "kafka"})
	}
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: "sg-open", Rules: []topology.SecurityGroupRule{
		{Name: "egress-all", Direction: topology.Egress, CIDR: worlds.Anywhere}, worlds.AllowFrom("from-anywhere", worlds.Anywhere),
	}})
	return w
}

// TestLiveManaged serves every managed service, changes it in place, and takes it
// away.
func TestLiveManaged(t *testing.T) {
	ready := prepare(t)
	tell := teller(t)
	l := open(t, ready, config.NewRunID(time.Now()), ownState(t), topology.Routed, config.TakeDown, tell)
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	all := managedWorld(topology.Routed)
	adopt := func(what string, changes ...change.Change) {
		t.Helper()
		began := time.Now()
		w, err := change.Edit(all, change.All(changes...))
		if len(changes) == 0 {
			w, err = all, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Adopt(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		tell(what + " in " + time.Since(began).Round(time.Millisecond).String())
	}
	adopt("everything")
	adopt("again")
	adopt("other passwords", change.SetPassword{Host: "cache", Password: "x'y"}, change.SetPassword{Host: "database", Password: `x'y\`}, change.SetPassword{Host: "rabbit", Password: "x'y"})
	adopt("former passwords")
	if err := l.Adopt(t.Context(), worlds.OneVPC(topology.Routed)); err != nil {
		t.Fatal(err)
	}
}
