package netnslab_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// shelf keeps files in memory.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (s *shelf) Put(name string, content []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[name] = slices.Clone(content)
	return nil
}

func collect(t *testing.T, l *netnslab.Lab, f lab.Failing) *shelf {
	t.Helper()
	var into shelf
	if err := l.Collect(t.Context(), f, &into); err != nil {
		t.Fatal(err)
	}
	return &into
}

// seenAt is how many TCP segments a capture has by hop: those with SYN alone, and all.
func seenAt(t *testing.T, file []byte) (syn, all map[string]int) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	syn, all = map[string]int{}, map[string]int{}
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return syn, all
		}
		if err != nil {
			t.Fatal(err)
		}
		at, err := r.Interface(info.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		hop, _, _ := strings.Cut(at.Name, ":")
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		segment, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		all[hop]++
		if segment.SYN && !segment.ACK {
			syn[hop]++
		}
	}
}

// A dropped flow's SYN is in the capture at its client, its node and the router that
// dropped it, and nowhere behind; the router's listing names the rule with what it
// counted.
func TestCollect_shows_where_a_flow_ended(t *testing.T) {
	l := open(t)
	if err := l.Adopt(t.Context(), worlds.OneVPC(topology.Routed)); err != nil {
		t.Fatal(err)
	}
	flow := topology.OverTCP("pod-a", "ecs-52", worlds.WebPort)
	rule := verdict.DefaultDeny("ecs-52", topology.Ingress)
	o, err := l.Ask(t.Context(), flow)
	if err != nil || o.Verdict.Identity() != verdict.Dropped("vpc-demo", rule) {
		t.Fatalf("got %s, %v", o.Verdict, err)
	}
	got := collect(t, l, lab.Failing{Flow: flow, Title: "a test", Hops: []string{"pod-a", "node-1", "vpc-demo", "unknown"}})
	syn, all := seenAt(t, got.files["capture.pcapng"])
	for _, hop := range []string{"pod-a", "node-1", "vpc-demo"} {
		if syn[hop] == 0 {
			t.Errorf("no SYN at %s: %v", hop, syn)
		}
	}
	if all["ecs-52"] != 0 {
		t.Errorf("%d segments at the server that none reached", all["ecs-52"])
	}
	for _, hop := range []string{"pod-a", "node-1", "vpc-demo", "ecs-52"} {
		for _, file := range []string{"rules.nft", "routes.txt", "neighbours.txt", "conntrack.txt"} {
			if _, ok := got.files["hops/"+hop+"/"+file]; !ok {
				t.Errorf("%s of %s is missing", file, hop)
			}
		}
	}
	listing := string(got.files["hops/vpc-demo/rules.nft"])
	if want := `counter name "` + rule + `" packets 1 `; !strings.Contains(listing, want) {
		t.Errorf("the router's rules do not have %s:\n%s", want, listing)
	}
	if want := rule + " at vpc-demo, request +1"; !strings.Contains(string(got.files["repeat.txt"]), want) {
		t.Errorf("what was asked once more does not have %q:\n%s", want, got.files["repeat.txt"])
	}
	if want := worlds.ECS52.String() + "/32 dev "; !strings.Contains(string(got.files["hops/vpc-demo/routes.txt"]), want) {
		t.Errorf("the router's routes do not have %q", want)
	}
}

// A flow that is answered is seen at its server as well, in both modes.
func TestCollect_shows_a_flow_that_arrives(t *testing.T) {
	for _, m := range topology.Modes() {
		l := open(t)
		if err := l.Adopt(t.Context(), worlds.OneVPC(m)); err != nil {
			t.Fatal(err)
		}
		got := collect(t, l, lab.Failing{Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort), Hops: []string{"vpc-demo"}})
		syn, _ := seenAt(t, got.files["capture.pcapng"])
		for _, hop := range []string{"pod-a", "node-1", "vpc-demo", "ecs-25"} {
			if syn[hop] == 0 {
				t.Errorf("%s: no SYN at %s: %v", m, hop, syn)
			}
		}
	}
}

// A flow inside the overlay is seen at the router as well, in what carries it.
func TestCollect_shows_a_flow_inside_an_overlay(t *testing.T) {
	l := open(t)
	if err := l.Adopt(t.Context(), worlds.OneVPC(topology.Tunnel)); err != nil {
		t.Fatal(err)
	}
	got := collect(t, l, lab.Failing{Flow: topology.OverTCP("pod-a", "pod-b", worlds.WebPort)})
	syn, _ := seenAt(t, got.files["capture.pcapng"])
	for _, hop := range []string{"pod-a", "node-1", "vpc-demo", "node-2", "pod-b"} {
		if syn[hop] == 0 {
			t.Errorf("no SYN at %s: %v", hop, syn)
		}
	}
	if tracked := string(got.files["hops/vpc-demo/conntrack.txt"]); !strings.HasPrefix(tracked, "# of the flow's ends\n") {
		t.Errorf("tracked connections are not sorted:\n%s", tracked)
	}
}

// What is said to a managed service is not in a capture, since there are passwords in
// it; that something was said is.
func TestCollect_leaves_out_what_is_said_to_a_service(t *testing.T) {
	l := open(t)
	w := labtest.Cluster(topology.Routed)
	for i := range w.Hosts {
		if h := &w.Hosts[i]; h.Name == "ecs-k" {
			h.Managed = &topology.Managed{Kind: topology.DCSRedis}
		}
	}
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	got := collect(t, l, lab.Failing{Flow: topology.OverRedis("pod-a", "ecs-k")})
	if _, all := seenAt(t, got.files["capture.pcapng"]); all["ecs-k"] < 4 {
		t.Errorf("segments by hop: %v", all)
	}
	if bytes.Contains(got.files["capture.pcapng"], []byte(topology.AppPassword)) {
		t.Error("the password is in the capture")
	}
}

// Without a world there is nothing to look at, which is an error and no panic; a
// context that has ended is one as well, beside what was collected.
func TestCollect_says_why_it_could_not(t *testing.T) {
	l := open(t)
	f := lab.Failing{Flow: topology.OverTCP("pod-a", "ecs-52", worlds.WebPort)}
	if err := l.Collect(t.Context(), f, &shelf{}); err == nil {
		t.Error("collected without a world")
	}
	if err := l.Adopt(t.Context(), worlds.OneVPC(topology.Routed)); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var into shelf
	if err := l.Collect(ended, f, &into); !errors.Is(err, context.Canceled) || len(into.files) == 0 {
		t.Errorf("got %v and %d files", err, len(into.files))
	}
}
