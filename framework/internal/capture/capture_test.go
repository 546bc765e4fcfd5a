package capture_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/vpcgate/vpcgate/framework/internal/capture"
	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

var (
	client = netip.MustParseAddr("10.0.0.2")
	server = netip.MustParseAddr("10.0.0.3")
	other  = netip.MustParseAddr("10.0.0.4")
	mac    = net.HardwareAddr{2, 0, 0, 0, 0, 1}
)

func web() capture.Filter {
	return capture.Filter{Legs: []capture.Leg{{Clients: []netip.Addr{client}, Server: server, Protocol: layers.IPProtocolTCP, Port: 80}}}
}

func frame(t *testing.T, all ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, all...); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(b.Bytes())
}

func ethernet() *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeIPv4}
}

func ip(from, to netip.Addr, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, SrcIP: from.AsSlice(), DstIP: to.AsSlice(), Protocol: p}
}

func TestFilter_recognises_the_flow(t *testing.T) {
	secret := gopacket.Payload("AUTH password")
	tcp := func(from, to uint16) *layers.TCP {
		return &layers.TCP{SrcPort: layers.TCPPort(from), DstPort: layers.TCPPort(to), DataOffset: 5}
	}
	inner := frame(t, ethernet(), ip(client, server, layers.IPProtocolTCP), tcp(5000, 80), secret)
	quoted := frame(t, ip(client, server, layers.IPProtocolTCP), tcp(5000, 80), secret)
	const headers = 14 + 20 + 20
	for name, c := range map[string]struct {
		frame []byte
		kept  int
	}{
		"a request, without what it says": {frame(t, ethernet(), ip(client, server, layers.IPProtocolTCP), tcp(5000, 80), secret), headers},
		"a reply":                         {frame(t, ethernet(), ip(server, client, layers.IPProtocolTCP), tcp(80, 5000)), headers},
		"another port":                    {frame(t, ethernet(), ip(client, server, layers.IPProtocolTCP), tcp(5000, 81)), 0},
		"another client":                  {frame(t, ethernet(), ip(other, server, layers.IPProtocolTCP), tcp(5000, 80)), 0},
		"another protocol": {frame(t, ethernet(), ip(client, server, layers.IPProtocolUDP),
			&layers.UDP{SrcPort: 5000, DstPort: 80}), 0},
		"in an overlay": {frame(t, ethernet(), ip(other, other, layers.IPProtocolUDP),
			&layers.UDP{SrcPort: 9, DstPort: 4789}, &layers.VXLAN{ValidIDFlag: true, VNI: 1}, gopacket.Payload(inner)), 14 + 20 + 8 + 8 + headers},
		"an error about it, with the headers that it quotes": {frame(t, ethernet(), ip(other, client, layers.IPProtocolICMPv4),
			&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 1)}, gopacket.Payload(quoted)), 14 + 20 + 8 + 28},
		"a question of ARP": {frame(t, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeARP}, &layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: 1,
			SourceHwAddress: mac, SourceProtAddress: client.AsSlice(), DstHwAddress: mac, DstProtAddress: server.AsSlice(),
		}), 60},
		"no packet": {[]byte{1, 2, 3}, 0},
	} {
		if got := web().Keep(c.frame); got != c.kept {
			t.Errorf("%s: kept %d bytes of %d, want %d", name, got, len(c.frame), c.kept)
		}
	}
}

// Of a payload that is no secret the beginning is kept.
func TestFilter_keeps_the_beginning(t *testing.T) {
	f := web()
	f.Payload = capture.Beginning
	long := frame(t, ethernet(), ip(client, server, layers.IPProtocolTCP), &layers.TCP{DstPort: 80, DataOffset: 5}, gopacket.Payload(make([]byte, 1000)))
	if got := f.Keep(long); got != 54+256 {
		t.Errorf("kept %d bytes", got)
	}
}

// What passes a link is heard at both of its ends, in order, and is in the file under
// the hops' names; what is not the flow's is not.
func TestTap_hears_both_ends_of_a_link(t *testing.T) {
	a, b := pair(t)
	f := capture.Filter{Payload: capture.Beginning, Legs: []capture.Leg{{Clients: []netip.Addr{client}, Server: server, Protocol: layers.IPProtocolUDP, Port: 9}}}
	var taps []*capture.Tap
	for _, ns := range []*netns.Namespace{a, b} {
		tap, err := capture.Open(ns, ns.Name(), f)
		if err != nil {
			t.Fatal(err)
		}
		taps = append(taps, tap)
	}
	for _, port := range []string{"9", "10"} {
		if err := a.Do(func() error { return say(t, server.String()+":"+port) }); err != nil {
			t.Fatal(err)
		}
	}
	var heard []capture.Heard
	for _, tap := range taps {
		h, err := tap.Stop()
		if err != nil {
			t.Fatal(err)
		}
		h.Note = "a note"
		heard = append(heard, h)
	}
	file, err := capture.Write("a test", heard)
	if err != nil {
		t.Fatal(err)
	}
	got := datagrams(t, file)
	if want := []string{"a:eth0 sent", "b:eth0 received a note"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func pair(t *testing.T) (a, b *netns.Namespace) {
	t.Helper()
	ends := map[string]netip.Addr{"a": client, "b": server}
	spaces := map[string]*netns.Namespace{}
	for name := range ends {
		ns, err := netns.New(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ns.Close() })
		spaces[name] = ns
	}
	a, b = spaces["a"], spaces["b"]
	if err := link.CreateVeth(link.End{Namespace: a, Name: "eth0", MTU: 1500}, link.End{Namespace: b, Name: "eth0", MTU: 1500}); err != nil {
		t.Fatal(err)
	}
	for name, ns := range spaces {
		if err := link.SetAddresses(ns, "eth0", netip.PrefixFrom(ends[name], 24)); err != nil {
			t.Fatal(err)
		}
		if err := link.SetUp(ns, "eth0"); err != nil {
			t.Fatal(err)
		}
	}
	if err := link.AwaitCarrier(t.Context(), a, "eth0"); err != nil {
		t.Fatal(err)
	}
	return a, b
}

func say(t *testing.T, to string) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp4", to)
	if err != nil {
		return err
	}
	_, err = conn.Write([]byte("hello"))
	return errors.Join(err, conn.Close())
}

// datagrams lists the UDP packets of a file: interface, direction and comments.
func datagrams(t *testing.T, file []byte) []string {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.SectionInfo().Comment; got != "a test" {
		t.Errorf("the file's comment is %q", got)
	}
	var all []string
	last := time.Time{}
	for {
		data, info, options, err := r.ReadPacketDataWithOptions()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if info.Timestamp.Before(last) || time.Since(info.Timestamp) > time.Minute {
			t.Errorf("a packet of %s after one of %s", info.Timestamp, last)
		}
		last = info.Timestamp
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		d, ok := p.Layer(layers.LayerTypeUDP).(*layers.UDP)
		if !ok {
			continue
		}
		if d.DstPort != 9 || string(d.Payload) != "hello" {
			t.Errorf("captured a datagram to port %d that says %q", d.DstPort, d.Payload)
		}
		at, err := r.Interface(info.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		way := "received"
		if options.Flags.Direction == pcapgo.NgEpbFlagDirectionOutbound {
			way = "sent"
		}
		all = append(all, strings.TrimSpace(at.Name+" "+way+" "+strings.Join(options.Comments, ", ")))
	}
}

// A hop that heard nothing is in the file, and says so.
func TestWrite_shows_hops_that_heard_nothing(t *testing.T) {
	file, err := capture.Write("", []capture.Heard{{Hop: "server"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.ReadPacketData()
	at, nerr := r.Interface(0)
	if !errors.Is(err, io.EOF) || nerr != nil || at.Name != "server" || at.Comment != "no packet of the flow was seen here" {
		t.Errorf("got %v, %v, %+v", err, nerr, at)
	}
	if _, err := capture.Write("", nil); err == nil {
		t.Error("a capture of no hop was written")
	}
}
