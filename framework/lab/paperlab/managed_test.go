package paperlab_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// serviceCase is a case of the table of managed services.
func serviceCase(t *testing.T, name string) labtest.Case {
	t.Helper()
	all := labtest.Services()
	i := slices.IndexFunc(all, func(c labtest.Case) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no case %q", name)
	}
	return all[i]
}

// The path says who guards a service and what the service says itself, broker by
// broker.
func TestPredict_path_to_services(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"routed dcs-redis: the containers' block", []string{
			"vpc: admitted sg/node-1/egress/sg-node-1/out",
			"vpc: no security group applies to ecs-k",
			"vpc: whitelist of ecs-k admitted 172.16.0.0/16",
			"ecs-k: delivered",
			"ecs-k: ecs-k served redis",
		}},
		{"routed dcs-redis: a list that resets", []string{
			"vpc: no security group applies to ecs-k",
			"vpc: rejected with reset whitelist/ecs-k",
		}},
		{"routed dcs-redis: a list that says no", []string{
			"vpc: no security group applies to ecs-k",
			"ecs-k: delivered",
			"ecs-k: ecs-k refused 172.16.0.10, which is not on its whitelist",
		}},
		{"routed dcs-redis: another password", []string{"ecs-k: delivered", "ecs-k: ecs-k refused the password"}},
		{"routed dcs-redis: another protocol", []string{"ecs-k: delivered", "ecs-k: ecs-k speaks redis only"}},
		{"routed dcs-redis: a host that is none", []string{"ecs-n: delivered", "ecs-n: ecs-n does not speak redis"}},
		{"routed rds-proxy: a blocklist without the containers", []string{"vpc: whitelist of ecs-k admitted 172.16.0.10"}},
		{"routed dcs-redis across a peering: several shards", []string{
			"vpc-far: no security group applies to cache",
			"vpc-far: dropped dcs/cache/one-vpc",
		}},
		{"routed dms-kafka: only the other broker's group is shut", []string{
			"vpc: admitted sg/kafka-1/ingress/sg-kafka-1/in",
			"kafka-1: delivered",
			"kafka-1: kafka-1 served kafka",
			"pod-a: was told of broker kafka-2 at 192.168.2.67:9092",
			"pod-a: sent 172.16.0.10 → 192.168.2.67",
			"vpc: routed to kafka-2 by the local route 192.168.2.0/24",
			"vpc: admitted sg/node-1/egress/sg-node-1/out",
			"vpc: dropped sg/kafka-2/ingress/default-deny",
		}},
		{"dms-kafka by endpoints: every broker sees its endpoint", []string{
			"endpoint-1: translated to 198.19.128.7 → 10.1.0.66",
			"kafka-1: kafka-1 served kafka",
			"ecs-a2: was told of broker endpoint-2 at 10.1.0.102:9011",
			"endpoint-2: translated to 198.19.128.8 → 10.1.0.67",
			"kafka-2: kafka-2 served kafka",
		}},
	} {
		row := serviceCase(t, c.name)
		lines := strings.Split(printed(paperlab.New().Predict(row.World, row.Flow).Path.Forth), "\n")
		rest := lines
		for _, want := range c.want {
			i := slices.Index(rest, want)
			if i < 0 {
				t.Errorf("%s: no %q, in this order, in\n%s", c.name, want, strings.Join(lines, "\n"))
				break
			}
			rest = rest[i+1:]
		}
	}
}

// A prediction names the rule that counts wherever one does, also where the
// client is told.
func TestPredict_evidence_of_services(t *testing.T) {
	for _, c := range labtest.Services() {
		o := paperlab.New().Predict(c.World, c.Flow)
		want := verdict.Evidence{Sent: 1}
		if c.Want.Kind == verdict.KindReached {
			want.Received = 1
		}
		if hop, rule := c.Want.Cause(); rule != "" {
			want.Rules = []verdict.RuleCount{{Hop: hop, Rule: rule, Packets: 1}}
		}
		if !reflect.DeepEqual(o.Evidence, want) {
			t.Errorf("%s: evidence is %+v", c.Name, o.Evidence)
		}
		if err := c.World.ValidateFlow(c.Flow); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	told := paperlab.New().Predict(serviceCase(t, "routed dcs-redis: a list that says no").World, topology.OverRedis("pod-a", "ecs-k"))
	if want := []verdict.RuleCount{{Hop: "ecs-k", Rule: verdict.Whitelist("ecs-k"), Packets: 1}}; !reflect.DeepEqual(told.Evidence.Rules, want) {
		t.Errorf("a service that says no counts as %+v", told.Evidence.Rules)
	}
}

// Validation keeps scenarios from asking a service without using it; who asks all
// the same is not greeted.
func TestPredict_connects_without_use(t *testing.T) {
	w := serviceCase(t, "routed dcs-redis: without a list everybody is served").World
	got := paperlab.New().Predict(w, topology.OverTCP("pod-a", "ecs-k", topology.RedisPort)).Verdict
	if want := verdict.AppDenied("ecs-k", verdict.OtherProtocol); !want.SatisfiedBy(got) {
		t.Errorf("got %s", got)
	}
}

// A health check of the port is content with a service that answers anything.
func TestPredict_health_of_services(t *testing.T) {
	w := serviceCase(t, "routed rds-mysql: another password").World
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: "sg-lb", Rules: []topology.SecurityGroupRule{
		{Name: "in", Direction: topology.Ingress, CIDR: worlds.Anywhere}, {Name: "out", Direction: topology.Egress, CIDR: worlds.Anywhere},
	}})
	nic := w.Hosts[1].NIC
	nic.Address, nic.SecurityGroups = nic.Address.Next(), []string{"sg-lb"}
	w.LoadBalancers = []topology.LoadBalancer{{
		Name: "lb", NIC: nic, Listener: topology.Listener{Protocol: topology.TCP, Port: topology.MySQLPort}, HealthCheck: topology.TCP,
		Backends: []topology.Backend{{Machine: "ecs-k", Port: topology.MySQLPort}},
	}}
	if err := w.Validate(); err != nil {
		t.Fatal(err)
	}
	got := paperlab.New().Predict(w, topology.OverMySQL("pod-a", "lb")).Verdict
	if want := verdict.AppDenied("ecs-k", verdict.WrongPassword); !want.SatisfiedBy(got) {
		t.Errorf("got %s", got)
	}
}

func TestAlive_of_services(t *testing.T) {
	c := serviceCase(t, "routed dcs-redis: another password")
	l := paperlab.New()
	if err := l.Adopt(t.Context(), c.World); err != nil {
		t.Fatal(err)
	}
	if err := l.Alive(t.Context(), c.Flow); err != nil {
		t.Errorf("a server with another password: %v", err)
	}
	c.Flow.Port = labtest.IdlePort
	if err := l.Alive(t.Context(), c.Flow); err == nil {
		t.Error("another port is said to be alive")
	}
}
