package nft_test

import (
	"fmt"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// The benchmarks of decision record 0002: a world of 500 rules, 50 NICs.

func BenchmarkApply_netlink(b *testing.B) {
	ns, rules := newNamespace(b, "a"), large()
	for b.Loop() {
		apply(b, ns, nft.Ruleset{}, rules)
	}
}

func BenchmarkApply_unchanged(b *testing.B) {
	ns, rules, same := newNamespace(b, "a"), large(), large()
	apply(b, ns, nft.Ruleset{}, rules)
	for b.Loop() {
		if change, err := nft.Apply(ns, rules, same); err != nil || change {
			b.Fatal(change, err)
		}
	}
}

func BenchmarkApply_nft_binary(b *testing.B) {
	ns, rules, path := newNamespace(b, "a"), large(), findNft(b)
	if path == "" {
		b.Skip("no nft binary here")
	}
	for b.Loop() {
		runNft(b, ns, path, "table ip vpc\ndelete table ip vpc\n"+rules.String(), "-f", "-")
	}
}

// BenchmarkApply_library sends rules through the library's own connection. It
// asks for an answer per message and an echo per rule, which the socket's
// receive buffer cannot hold for 500 rules ("no buffer space available"), so it
// is measured with the 50 that fit.
func BenchmarkApply_library(b *testing.B) {
	const fitting = 50
	ns := newNamespace(b, "a")
	conn := openLibrary(b, ns)
	for b.Loop() {
		table := conn.AddTable(&nftables.Table{Name: "vpc", Family: nftables.TableFamilyIPv4})
		conn.DelTable(table)
		table = conn.AddTable(table)
		chain := conn.AddChain(&nftables.Chain{Name: "c", Table: table})
		for i := range fitting {
			name := fmt.Sprintf("nic-%d/rule", i)
			conn.AddObj(&nftables.NamedObj{
				Table: table, Name: name, Type: nftables.ObjTypeCounter, Obj: &expr.Counter{},
			})
			conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 2},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{10, 0}},
				&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{6}},
				&expr.Objref{Type: 1, Name: name},
				&expr.Verdict{Kind: expr.VerdictAccept},
			}})
		}
		if err := conn.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/fitting, "µs/rule")
}

func openLibrary(b *testing.B, ns *netns.Namespace) *nftables.Conn {
	b.Helper()
	var conn *nftables.Conn
	err := ns.Do(func() (err error) { conn, err = nftables.New(nftables.AsLasting()); return err })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.CloseLasting() })
	return conn
}

func BenchmarkCounters_netlink(b *testing.B) {
	ns := newNamespace(b, "a")
	apply(b, ns, nft.Ruleset{}, large())
	for b.Loop() {
		if counts := counters(b, ns, "vpc"); len(counts) != 500 {
			b.Fatal(len(counts))
		}
	}
}

func BenchmarkCounters_library(b *testing.B) {
	ns := newNamespace(b, "a")
	apply(b, ns, nft.Ruleset{}, large())
	conn := openLibrary(b, ns)
	for b.Loop() {
		objects, err := conn.GetNamedObjects(&nftables.Table{Name: "vpc", Family: nftables.TableFamilyIPv4})
		if err != nil || len(objects) != 500 {
			b.Fatal(len(objects), err)
		}
	}
}

func BenchmarkCounters_nft_binary(b *testing.B) {
	ns, path := newNamespace(b, "a"), findNft(b)
	if path == "" {
		b.Skip("no nft binary here")
	}
	apply(b, ns, nft.Ruleset{}, large())
	for b.Loop() {
		if runNft(b, ns, path, "", "-j", "list", "counters", "table", "ip", "vpc") == "" {
			b.Fatal("nothing listed")
		}
	}
}

func BenchmarkString(b *testing.B) {
	rules := large()
	for b.Loop() {
		_ = rules.String()
	}
}
