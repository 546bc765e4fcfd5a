package scenario_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// serviceForm is a scenario of a user's own about a cache.
const serviceForm = `apiVersion: vpcgate.dev/v1alpha1
kind: Scenario
id: OWN-002
title: the cache lists the nodes only
world:
  name: shop
  vpcs:
    - name: vpc-shop
      cidrs: [10.20.0.0/16]
      subnets: [{name: subnet-nodes, cidr: 10.20.1.0/24}, {name: subnet-cache, cidr: 10.20.2.0/24}]
      routeTables:
        - name: rtb-shop
          routes: [{destination: 172.20.0.0/25, instance: worker-1, managed: true}]
  securityGroups:
    - name: sg-open
      rules: [{name: out, direction: egress, cidr: 0.0.0.0/0}, {name: in, direction: ingress, cidr: 0.0.0.0/0}]
  hosts:
    - name: cache
      nic: {subnet: subnet-cache, address: 10.20.2.10, securityGroups: [sg-open]}
      managed: {kind: dcs-redis, version: "6.0"}
      whitelist:
        enabled: true
        refusal: application-error
        groups: [{name: shop, entries: [10.20.1.0/24, 172.20.0.0/16]}]
  clusters:
    - name: shop
      mode: routed
      containerCIDRs: [172.20.0.0/16]
      serviceCIDR: 10.247.0.0/16
      nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]
      nodes:
        - name: worker-1
          nic: {subnet: subnet-nodes, address: 10.20.1.11, securityGroups: [sg-open], sourceCheckOff: true}
          block: 172.20.0.0/25
      pods: [{name: web, node: worker-1, address: 172.20.0.10}]
flow: {from: web, to: cache, protocol: tcp, port: 6379, use: redis}
break: [{setWhitelist: {host: cache, whitelist: {enabled: true, groups: [{name: shop, entries: [10.20.1.0/24]}]}}}]
symptom: {kind: app-denied, by: cache, code: not-listed}
decoys: [[{addWhitelistGroup: {host: cache, group: {name: again, entries: [10.20.1.11/32]}}}]]
remedy: [{addWhitelistGroup: {host: cache, group: {name: pods, entries: [172.20.0.0/16]}}}]
cured: {kind: reached, seenAs: web}
controls:
  - {flow: {from: worker-1, to: cache, protocol: tcp, port: 6379, use: redis}, verdict: {kind: reached, seenAs: worker-1}}
`

func TestParseYAML_ofAService(t *testing.T) {
	s, mode, err := scenario.ParseYAML([]byte(serviceForm))
	if err != nil {
		t.Fatal(err)
	}
	if s.Flow != topology.OverRedis("web", "cache") || s.Controls[0].Flow != topology.OverRedis("worker-1", "cache") {
		t.Errorf("asks %s, and %s", s.Flow, s.Controls[0].Flow)
	}
	if want := verdict.AppDenied("cache", verdict.NotListed); s.Symptom.In(mode) != want {
		t.Errorf("the symptom is %s", s.Symptom.In(mode))
	}
	want := "add group pods with 172.20.0.0/16 to the whitelist of cache"
	if got := s.Remedy.In(mode).String(); got != want {
		t.Errorf("the remedy is %q", got)
	}
}

func TestParseYAML_refusesOfAService(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{"use: redis}\nbreak", "use: rediz}\nbreak", `unknown use "rediz"`},
		{", use: redis}\nbreak", "}\nbreak", "cache serves redis on port 6379; a flow has to use it"},
		{"code: not-listed", "code: unlisted", `line 38: unknown code "unlisted" of a service`},
		{"version: \"6.0\"", "version: \"3.0\"", "dcs-redis 3.0 has no whitelist; its security groups guard it"},
		{"entries: [172.20.0.0/16]}}}]", "entries: [0.0.0.0/0]}}}]", "remedy: change \"add group pods with 0.0.0.0/0 to the whitelist of cache\" of world shop: the platform refuses it"},
		{"kind: dcs-redis", "kind: dcs-reddis", `unknown kind "dcs-reddis" of managed service`},
		{"refusal: application-error", "refusal: shout", `unknown refusal "shout"`},
	} {
		if !strings.Contains(serviceForm, c.was) {
			t.Fatalf("the form has no %q", c.was)
		}
		_, _, err := scenario.ParseYAML([]byte(strings.Replace(serviceForm, c.was, c.is, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", c.is, err, c.want)
		}
	}
}
