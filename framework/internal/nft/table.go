package nft

import (
	"fmt"
	"slices"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"golang.org/x/sys/unix"
)

// replaceTable adds what makes the table look like this, whatever it was.
func (b *batch) replaceTable(t Table) error {
	b.deleteTable(t.Name)
	b.addTable(t.Name)
	for _, name := range t.counters() {
		b.addCounter(t.Name, name)
	}
	for i, s := range t.Sets {
		b.addSet(t.Name, s, uint32(i+1))
	}
	for i, r := range t.Records {
		b.addRecord(t.Name, r, uint32(len(t.Sets)+i+1))
	}
	for _, c := range t.Chains {
		b.addChain(t.Name, c)
	}
	for _, c := range t.Chains {
		if err := b.addRules(t.Name, c); err != nil {
			return err
		}
	}
	return nil
}

// amendTable adds what makes the table of before look like this: chains that differ
// are emptied and filled anew.
func (b *batch) amendTable(before, t Table) error {
	var changed []Chain
	for i, c := range t.Chains {
		if !before.Chains[i].equal(c) {
			changed = append(changed, c)
			b.add(unix.NFT_MSG_DELRULE, "rules of chain "+c.Name,
				text(unix.NFTA_RULE_TABLE, t.Name), text(unix.NFTA_RULE_CHAIN, c.Name))
		}
	}
	old, now := before.counters(), t.counters()
	for _, name := range without(old, now) {
		b.add(unix.NFT_MSG_DELOBJ, "counter "+name,
			text(unix.NFTA_OBJ_TABLE, t.Name),
			text(unix.NFTA_OBJ_NAME, name),
			be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER))
	}
	for _, name := range without(now, old) {
		b.addCounter(t.Name, name)
	}
	for _, c := range changed {
		if err := b.addRules(t.Name, c); err != nil {
			return err
		}
	}
	return nil
}

// without lists the names that others has not, in their order.
func without(names, others []string) []string {
	known := make(map[string]bool, len(others))
	for _, name := range others {
		known[name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known[name] })
}

func (b *batch) addCounter(table, name string) {
	b.add(unix.NFT_MSG_NEWOBJ, "counter "+name,
		text(unix.NFTA_OBJ_TABLE, table),
		text(unix.NFTA_OBJ_NAME, name),
		be32(unix.NFTA_OBJ_TYPE, unix.NFT_OBJECT_COUNTER),
		nested(unix.NFTA_OBJ_DATA))
}

func (b *batch) addRules(table string, c Chain) error {
	for i, r := range c.Rules {
		if err := b.addRule(table, c.Name, i, r); err != nil {
			return err
		}
	}
	return nil
}

// deleteTable removes a table that may or may not exist: creating one that
// exists is no error, deleting one that does not is.
func (b *batch) deleteTable(name string) {
	b.addTable(name)
	b.add(unix.NFT_MSG_DELTABLE, "table "+name, text(unix.NFTA_TABLE_NAME, name))
}

func (b *batch) addTable(name string) {
	b.add(unix.NFT_MSG_NEWTABLE, "table "+name,
		text(unix.NFTA_TABLE_NAME, name), be32(unix.NFTA_TABLE_FLAGS, 0))
}

func (b *batch) addChain(table string, c Chain) {
	attrs := []attr{text(unix.NFTA_CHAIN_TABLE, table), text(unix.NFTA_CHAIN_NAME, c.Name)}
	if c.Base != nil {
		policy := uint32(verdictNumberAccept)
		if c.Base.Policy == PolicyDrop {
			policy = verdictNumberDrop
		}
		attrs = append(attrs,
			nested(unix.NFTA_CHAIN_HOOK,
				be32(unix.NFTA_HOOK_HOOKNUM, uint32(c.Base.Hook)),
				be32(unix.NFTA_HOOK_PRIORITY, uint32(int32(c.Base.Priority)))),
			be32(unix.NFTA_CHAIN_POLICY, policy),
			text(unix.NFTA_CHAIN_TYPE, c.Base.Type.String()))
	}
	b.add(unix.NFT_MSG_NEWCHAIN, "chain "+c.Name, attrs...)
}

// addSet makes a set of address intervals. The kernel takes an interval as two
// elements: its first address, and the first one after it marked as an end; the
// end is missing when there is no address after it.
func (b *batch) addSet(table string, s Set, id uint32) {
	const (
		typeIPv4Address = 7 // nft's number, so that nft can list the set
		bigEndian       = 2 // nft's number for the keys' byte order
	)
	b.add(unix.NFT_MSG_NEWSET, "set "+s.Name,
		text(unix.NFTA_SET_TABLE, table),
		text(unix.NFTA_SET_NAME, s.Name),
		be32(unix.NFTA_SET_FLAGS, unix.NFT_SET_INTERVAL),
		be32(unix.NFTA_SET_KEY_TYPE, typeIPv4Address),
		be32(unix.NFTA_SET_KEY_LEN, addressLength),
		be32(unix.NFTA_SET_ID, id),
		raw(unix.NFTA_SET_USERDATA, userdata.AppendUint32(nil, userdata.NFTNL_UDATA_SET_KEYBYTEORDER, bigEndian)))
	var elements []attr
	for _, span := range s.merged() {
		elements = append(elements, nested(unix.NFTA_LIST_ELEM,
			nested(unix.NFTA_SET_ELEM_KEY, raw(unix.NFTA_DATA_VALUE, span.first.AsSlice()))))
		if end := span.last.Next(); end.IsValid() {
			elements = append(elements, nested(unix.NFTA_LIST_ELEM,
				be32(unix.NFTA_SET_ELEM_FLAGS, unix.NFT_SET_ELEM_INTERVAL_END),
				nested(unix.NFTA_SET_ELEM_KEY, raw(unix.NFTA_DATA_VALUE, end.AsSlice()))))
		}
	}
	if len(elements) == 0 {
		return
	}
	// An attribute's length has 16 bits, so a large set goes in pieces.
	const perMessage = 1000
	for len(elements) > 0 {
		n := min(perMessage, len(elements))
		b.add(unix.NFT_MSG_NEWSETELEM, "elements of set "+s.Name,
			text(unix.NFTA_SET_ELEM_LIST_TABLE, table),
			text(unix.NFTA_SET_ELEM_LIST_SET, s.Name),
			nested(unix.NFTA_SET_ELEM_LIST_ELEMENTS, elements[:n]...))
		elements = elements[n:]
	}
}

func (b *batch) addRule(table, chain string, index int, r Rule) error {
	place := fmt.Sprintf("rule %d of chain %s", index+1, chain)
	if r.Name != "" {
		place = fmt.Sprintf("rule %s of chain %s", r.Name, chain)
	}
	exprs := r.expressions()
	attrs := make([]attr, len(exprs))
	for i, e := range exprs {
		data, err := expr.Marshal(ipv4, e)
		if err != nil {
			return fmt.Errorf("encode %s: %w", place, err)
		}
		attrs[i] = attr{kind: unix.NFTA_LIST_ELEM | unix.NLA_F_NESTED, data: data}
	}
	message := []attr{
		text(unix.NFTA_RULE_TABLE, table),
		text(unix.NFTA_RULE_CHAIN, chain),
		nested(unix.NFTA_RULE_EXPRESSIONS, attrs...),
	}
	if r.Comment != "" {
		message = append(message, raw(unix.NFTA_RULE_USERDATA,
			userdata.AppendString(nil, userdata.TypeComment, r.Comment)))
	}
	b.add(unix.NFT_MSG_NEWRULE, place, message...)
	return nil
}
