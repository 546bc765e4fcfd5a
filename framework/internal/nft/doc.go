// Package nft describes packet filter rules as plain values and puts them into
// a network namespace.
//
// The model (Ruleset and what is in it) is pure: it is built, compared,
// validated and written as text without privileges. Ruleset.String gives the
// text that golden tests and reports show, and that "nft -f" reads. Apply sends
// the same rules to the kernel over netlink, atomically and without an nft
// binary. Counters reads what the rules have counted, cheaply enough to ask
// every millisecond.
//
// The package knows nothing of security groups or routers: the fabric renders
// them into rules. It is not a complete binding of nftables; it has what the
// fabric needs, for IPv4. Only the fabric and the wire labs may import it.
//
// One Apply is one message batch. Root's may have any size; without root it must
// fit into twice net.core.wmem_max, which by default is some 600 rules.
//
// A rule with a name counts in a counter object of that name:
//
//	rules := nft.Ruleset{Tables: []nft.Table{{Name: "vpc", Chains: []nft.Chain{{
//		Name: "forward",
//		Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward},
//		Rules: []nft.Rule{{
//			Name:    "sg-db/default-drop",
//			Match:   nft.Match{OutIface: "r-dbvm0"},
//			Verdict: nft.Drop(),
//		}},
//	}}}}}
//	changed, err := nft.Apply(router, nft.Ruleset{}, rules)
//	…
//	counts, err := nft.Counters(router, "vpc")
//	drops := counts["sg-db/default-drop"].Packets
package nft
