package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// A service that cannot be used is blamed on the layer that says so, in whatever
// way it says it, and never on one that the documentation clears.
func TestWalk_services(t *testing.T) {
	const listed = "Add the container and node CIDR blocks to the whitelist of ecs-k: it sees the container CIDR block 172.16.0.0/16."
	for _, row := range []struct {
		of   string
		want diagnose.Layer
		text string
	}{
		{"routed dcs-redis: the nodes' block", diagnose.Whitelist, listed},
		{"tunnel dcs-redis: the containers' block", diagnose.Whitelist, "it sees the node where the container is located, node-1 (192.168.1.11)."},
		{"routed dcs-redis: a list that resets", diagnose.Whitelist, listed},
		{"routed dcs-redis: a list that says no", diagnose.Whitelist, listed},
		{"routed rds-proxy: a blocklist with them", diagnose.Whitelist, "Take the container and node CIDR blocks off the blocklist of ecs-k"},
		{"routed rds-proxy: a blocklist that says no", diagnose.Whitelist, "off the blocklist of ecs-k"},
		{"routed dcs-redis: another password", diagnose.Authentication, "Leave the network as it is: ecs-k was reached."},
		{"routed rds-mysql: another password", diagnose.Authentication, "Leave the network as it is"},
		{"routed dcs-redis: another protocol", diagnose.Address, "it does not speak mysql"},
		{"routed dcs-redis: another port is closed", diagnose.Server, "listen on tcp/9"},
		{"routed dcs-redis: 3.0: its group admits the nodes", diagnose.SecurityGroup, "allows the container CIDR block 172.16.0.0/16 on tcp/6379."},
		{"routed rds-mysql: a group that names the nodes' group", diagnose.SecurityGroup, "on tcp/3306. Its node is allowed already, which does not cover the container."},
		{"routed dcs-redis: the reply ends on a bridge of its host", diagnose.Engine, "Move the container engine's network on ecs-k"},
		{
			"tunnel dcs-redis across a peering: a pod that is seen as its node", diagnose.AddressPlan,
			"Move the client to another block: across a peering cache serves none of 192.168.1.0/24, 192.168.2.0/24, 192.168.3.0/24, and it sees the node",
		},
		{"routed dcs-redis across a peering: several shards", diagnose.Address, "serves clients of its own VPC only"},
		{"routed dcs-redis across a peering: after the way was found", diagnose.Route, "Add a route to the container CIDR block 172.16.0.0/16"},
		{"routed dms-kafka: only the other broker's group is shut", diagnose.SecurityGroup, "Add an inbound rule to the security group of kafka-2"},
		{
			"dms-kafka by endpoints: the groups admit the clients", diagnose.SecurityGroup,
			"Add an inbound rule to the security group of kafka-1 that allows 198.19.128.0/17, where clients of VPC endpoints appear to be (198.19.128.7) on tcp/9011.",
		},
		{"dms-kafka by endpoints: one of the groups does", diagnose.SecurityGroup, "security group of kafka-2 that allows 198.19.128.0/17, where clients of VPC endpoints appear to be (198.19.128.8)"},
		{
			"routed modelarts: an answer to an address of the pool's own stays in it", diagnose.AddressPlan,
			"Give the containers another CIDR block than 172.16.0.0/16, which ecs-k has for itself and cannot change",
		},
	} {
		all := labtest.Services()
		i := slices.IndexFunc(all, func(c labtest.Case) bool { return c.Name == row.of })
		if i < 0 {
			t.Errorf("there is no case %q", row.of)
			continue
		}
		d, err := diagnose.Walk(t.Context(), labWith(t, all[i].World), all[i].Flow)
		if err != nil || d.Layer != row.want || !strings.Contains(d.Remedy, row.text) {
			t.Errorf("%s: named %q at %s, error %v, remedy %q\nwant %s, %s", row.of, d.Layer, d.Hop, err, d.Remedy, row.want, row.text)
		}
	}
}

// Every case of a service that is not reached is blamed on somebody.
func TestWalk_services_all(t *testing.T) {
	for _, c := range append(labtest.Services(), labtest.ServicesOnClusters()...) {
		d, err := diagnose.Walk(t.Context(), labWith(t, c.World), c.Flow)
		if err != nil || (d.Layer == "") != c.Want.Positive() || (d.Remedy == "") != c.Want.Positive() {
			t.Errorf("%s: named %q, remedy %q, error %v", c.Name, d.Layer, d.Remedy, err)
		}
	}
}

// What is lost is no fault of the network, and neither is it the password's.
func TestWalk_lostData(t *testing.T) {
	all := labtest.Services()
	l := labWith(t, all[0].World)
	l.bend = func(o *verdict.Observation) error {
		o.Verdict = verdict.AppDenied("ecs-k", verdict.DataLost)
		return nil
	}
	d, err := diagnose.Walk(t.Context(), l, all[0].Flow)
	if err != nil || d.Layer != diagnose.Server || !strings.HasPrefix(d.Remedy, "Restore the data of ecs-k") {
		t.Errorf("named %q, remedy %q, error %v", d.Layer, d.Remedy, err)
	}
}
