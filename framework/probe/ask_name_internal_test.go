package probe

import (
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestReadName(t *testing.T) {
	t.Parallel()
	const name = "kubernetes.default.svc.cluster.local"
	query, err := nameQuery(name)
	if err != nil {
		t.Fatal(err)
	}
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		t.Fatal(err)
	}
	want := netip.MustParseAddr("10.247.0.1")
	if _, err := readName(name, query); err == nil {
		t.Error("a question passes for an answer")
	}
	m.Response = true
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
		Body:   &dnsmessage.AResource{A: want.As4()},
	}}
	answer, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readName(name, answer); err != nil || got != (NameAnswer{Code: dnsmessage.RCodeSuccess, Address: want}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := readName("another.svc.cluster.local", answer); err == nil {
		t.Errorf("an answer for another name: %v", got)
	}
}
