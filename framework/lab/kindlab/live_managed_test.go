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
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
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
	add("proxy", 165, topology.Managed{Kind: topology.RDSProxy})
	add("rabbit", 169, topology.Managed{Kind: topology.DMSRabbitMQ})
	add("inference", 170, topology.Managed{Kind: topology.ModelArts})
	for i := range byte(3) {
		add(fmt.Sprintf("kafka-%d", i+1), 166+i, topology.Managed{Kind: topology.DMSKafka, Instance: "kafka"})
	}
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: "sg-open", Rules: []topology.SecurityGroupRule{
		{Name: "egress-all", Direction: topology.Egress, CIDR: worlds.Anywhere}, worlds.AllowFrom("from-anywhere", worlds.Anywhere),
	}})
	return w
}

// managedSteps change every service in place, one thing after the other.
func managedSteps() []change.Change {
	list := func(style topology.RefusalStyle) topology.Whitelist {
		l := topology.AllowList(worlds.Single(worlds.Node2))
		l.Refusal = style
		return l
	}
	mysql := topology.Listener{Protocol: topology.TCP, Port: topology.MySQLPort}
	redis := topology.Listener{Protocol: topology.TCP, Port: topology.RedisPort}
	amqp := topology.Listener{Protocol: topology.TCP, Port: topology.AMQPPort}
	password := func(text string) change.Change {
		return change.All(
			change.SetPassword{Host: "cache", Password: text}, change.SetPassword{Host: "database", Password: text},
			change.SetPassword{Host: "rabbit", Password: text}, change.SetPassword{Host: "inference", Password: text})
	}
	lists := func(style topology.RefusalStyle) change.Change {
		return change.All(
			change.SetWhitelist{Host: "cache", Whitelist: list(style)}, change.SetWhitelist{Host: "proxy", Whitelist: list(style)})
	}
	const quoted = `x'y\z "`
	return []change.Change{
		nil,
		password(quoted),
		change.All( // and back, with what they have been told since they were started first
			password(quoted),
			change.StopListening{Endpoint: "cache", Listener: redis}, change.StopListening{Endpoint: "database", Listener: mysql},
			change.StopListening{Endpoint: "rabbit", Listener: amqp}),
		password(quoted),
		lists(topology.SilentRefusal), lists(topology.ResetRefusal), lists(topology.ApplicationRefusal),
		nil,
	}
}

// TestLiveManaged serves every managed service, changes it in place, and takes it
// away.
func TestLiveManaged(t *testing.T) {
	ready := prepare(t)
	run, state, tell := config.NewRunID(time.Now()), ownState(t), teller(t)
	for _, mode := range topology.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l := open(t, ready, run, state, mode, config.TakeDown, tell)
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			for _, c := range managedSteps() {
				w, what := managedWorld(mode), "healthy"
				if c != nil {
					var err error
					if w, err = change.Edit(w, c); err != nil {
						t.Fatal(err)
					}
					what = c.String()
				}
				adoptManaged(t, l, w, func(line string) { tell(string(mode) + ": " + what + ": " + line) })
			}
			if err := l.Adopt(t.Context(), worlds.OneVPC(mode)); err != nil {
				t.Error(err)
			}
			for _, p := range l.Programs() {
				t.Logf("%+v", p)
			}
		})
	}
}

// adoptManaged adopts a world and lays what it answers beside the prediction.
func adoptManaged(t *testing.T, l *kindlab.Lab, w topology.World, tell func(string)) {
	t.Helper()
	began := time.Now()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	tell("adopted in " + time.Since(began).Round(time.Millisecond).String())
	oracle := paperlab.New()
	for _, from := range []string{"pod-a", "pod-b", "node-1", "ecs-25"} {
		for _, f := range []topology.Flow{
			topology.OverRedis(from, "cache"), topology.OverMySQL(from, "database"), topology.OverMySQL(from, "proxy"),
			topology.OverKafka(from, "kafka-2"), topology.OverAMQP(from, "rabbit"), topology.OverHTTPS(from, "inference"),
		} {
			seen, err := l.Ask(t.Context(), f)
			if err != nil {
				t.Error(err)
				continue
			}
			want := oracle.Predict(l.World(), f).Verdict
			tell(fmt.Sprintf("%s: %s (%.0f ms)", f, seen.Verdict, seen.Milliseconds))
			if !want.Agrees(seen.Verdict) {
				t.Errorf("%s: %s, want %s\n%s", f, seen.Verdict, want, seen.Transcript)
			}
		}
	}
}
