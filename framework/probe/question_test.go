package probe_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestQuestion_Validate(t *testing.T) {
	target := netip.MustParseAddr("192.168.10.25")
	tests := []struct {
		name     string
		question probe.Question
		want     string
	}{
		{"a TCP question", probe.Question{Protocol: probe.TCP, Target: target, Port: 80}, ""},
		{"an ICMP question", probe.Question{Protocol: probe.ICMP, Target: target}, ""},
		{"an IPv4 target in IPv6 form", probe.Question{Protocol: probe.ICMP, Target: netip.MustParseAddr("::ffff:10.0.0.1")}, ""},
		{
			"everything is wrong at once",
			probe.Question{ID: "q", Count: -1, Interval: -1, Timeout: time.Hour, Payload: 70000},
			`question "q": protocol "protocol(0)": want tcp, udp or icmp
question "q": target "invalid IP": want a unicast address without a zone
question "q": port 0: protocol(0) needs a port
question "q": count -1: want 1 to 1000
question "q": interval -1ns: want at most 1m0s
question "q": timeout 1h0m0s: want at most 5m0s
question "q": payload 70000: want at most 65000 bytes`,
		},
		{
			"ICMP with a port",
			probe.Question{ID: "q", Protocol: probe.ICMP, Target: target, Port: 7},
			`question "q": port 7: icmp has no ports`,
		},
		{
			"ICMP over IPv6",
			probe.Question{ID: "q", Protocol: probe.ICMP, Target: netip.IPv6Loopback()},
			`question "q": target ::1: icmp is asked over IPv4 only`,
		},
		{
			"ICMP without room for a nonce",
			probe.Question{ID: "q", Protocol: probe.ICMP, Target: target, Payload: 11},
			`question "q": payload 11: icmp needs at least 12 bytes to recognise its own`,
		},
		{
			"a source of the other family",
			probe.Question{ID: "q", Protocol: probe.TCP, Source: netip.IPv6Loopback(), Target: target, Port: 80},
			`question "q": source ::1: not of the same family as target 192.168.10.25`,
		},
		{"a use", probe.Question{Protocol: probe.TCP, Target: target, Port: 6379, Use: probe.Use{Kind: topology.UseRedis}}, ""},
		{
			"a use that cannot be",
			probe.Question{
				ID: "q", Protocol: probe.UDP, Target: target, Port: 6379, Count: 2,
				Use: probe.Use{Kind: topology.UseHTTPS, Password: strings.Repeat("x", 254)},
			},
			`question "q": use https: it goes over tcp, not udp
question "q": use https: a password longer than 253 bytes
question "q": use https: no roots to verify the server by`,
		},
		{
			"a use twice",
			probe.Question{ID: "q", Protocol: probe.TCP, Target: target, Port: 6379, Count: 2, Use: probe.Use{Kind: topology.UseRedis}},
			`question "q": use redis: it is done once and has no payload`,
		},
		{
			"a production of nothing",
			probe.Question{ID: "q", Protocol: probe.TCP, Target: target, Port: 6379, Lasting: time.Second},
			`question "q": lasting 1s: only a use can be produced`,
		},
		{
			"a password for nothing",
			probe.Question{ID: "q", Protocol: probe.TCP, Target: target, Port: 6379, Use: probe.Use{Password: "word"}},
			`question "q": use "": want one of [redis mysql kafka amqp https]`,
		},
		{"a name", probe.Question{Protocol: probe.UDP, Target: target, Port: 53, Name: "app-server"}, ""},
		{
			"a name that cannot be",
			probe.Question{ID: "q", Protocol: probe.TCP, Target: target, Port: 53, Name: strings.Repeat("x", 300)},
			`question "q": name: no DNS server could be asked for it
question "q": name ` + strings.Repeat("x", 300) + `: it is asked for over udp, once, from any address, and has no payload`,
		},
		{
			"everyone as the target",
			probe.Question{ID: "q", Protocol: probe.UDP, Target: netip.MustParseAddr("224.0.0.1"), Port: 53},
			`question "q": target "224.0.0.1": want a unicast address without a zone`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.question.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestValidateAll_limitsTheNumber(t *testing.T) {
	err := probe.ValidateAll(make([]probe.Question, probe.MaxQuestions+1))
	if !errors.Is(err, probe.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestParseListener(t *testing.T) {
	for _, text := range []string{"tcp/80", "udp/53@192.168.10.25", "icmp", "icmp@10.0.0.1", "tcp/443@::1"} {
		l, err := probe.ParseListener(text)
		if err != nil || l.String() != text {
			t.Errorf("%q: got %q, %v", text, l, err)
		}
	}
	rejected := map[string]string{
		"":             `listener "": protocol "": want tcp, udp or icmp`,
		"tcp":          `listener tcp/0: port 0: tcp needs a port`,
		"tcp/":         `listener "tcp/": port "": want 1 to 65535`,
		"tcp/65536":    `listener "tcp/65536": port "65536": want 1 to 65535`,
		"tcp/-1":       `listener "tcp/-1": port "-1": want 1 to 65535`,
		"icmp/7":       `listener icmp: port 7: icmp has no ports`,
		"icmp@::1":     `listener icmp@::1: icmp is observed over IPv4 only`,
		"sctp/80":      `listener "sctp/80": protocol "sctp": want tcp, udp or icmp`,
		"tcp/80@web":   `listener "tcp/80@web": ParseAddr("web"): unable to parse IP`,
		"udp/1@ff02::": `listener udp/1@ff02::: address ff02::: want a unicast address without a zone`,
	}
	for text, want := range rejected {
		_, err := probe.ParseListener(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestValidateListeners_namesTwins(t *testing.T) {
	err := probe.ValidateListeners(parsed(t, "tcp/80", "tcp/80@0.0.0.0"))
	if err == nil || err.Error() != "listener tcp/80@0.0.0.0: named twice" {
		t.Errorf("got %v", err)
	}
}
