package fuzz

import (
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// rapid makes what was drawn small; what is left may still hold what nobody would
// miss. A pruned case has nothing that can be left out by itself.

// still reports whether a case shows what it was found for.
type still func(Case) bool

// prune leaves out of a case, one after the other and until nothing more can go, its
// states, its flows, and whatever its worlds consist of.
func prune(c Case, shows still) Case {
	for {
		next := pruneWorlds(retarget(pruneFlows(pruneStates(c, shows), shows), shows), shows)
		if reflect.DeepEqual(next, c) {
			return c
		}
		c = next
	}
}

func pruneStates(c Case, shows still) Case {
	for i := len(c.States) - 1; i >= 0; i-- {
		next := Case{States: slices.Delete(slices.Clone(c.States), i, i+1)}
		if len(next.States) > 0 && shows(next) {
			c = next
		}
	}
	return c
}

// pruneFlows tries the last half of the flows of a state, then the rest one by one.
func pruneFlows(c Case, shows still) Case {
	for i := range c.States {
		for size := len(c.States[i].Flows); size > 0; size /= 2 {
			for at := 0; at+size <= len(c.States[i].Flows); {
				next := c.clone()
				next.States[i].Flows = slices.Delete(next.States[i].Flows, at, at+size)
				if shows(next) {
					c = next
				} else {
					at += size
				}
			}
		}
	}
	return c
}

// retarget turns flows that leave the client's VPC to somebody in it, who has the same
// address or is the way to it: then nobody needs the other VPC.
func retarget(c Case, shows still) Case {
	for i, s := range c.States {
		for j, f := range s.Flows {
			for _, to := range closer(&s.World, f) {
				next := c.clone()
				next.States[i].Flows[j].To = to
				if next.valid() && shows(next) {
					c = next
					break
				}
			}
		}
	}
	return c
}

// closer lists who is in the client's VPC, of a flow that leaves it.
func closer(w *topology.World, f topology.Flow) []string {
	if !w.CrossesVPCs(f) {
		return nil
	}
	var names []string
	for _, e := range w.Endpoints() {
		if f.To = e.Name; e.Name != f.From && !w.CrossesVPCs(f) {
			names = append(names, e.Name)
		}
	}
	return names
}

// pruneWorlds tries to leave out every element of every list of the worlds, and every
// part that a world need not have: first in all states, since where they differ in
// what has an address everything is built anew; then in each.
func pruneWorlds(c Case, shows still) Case {
	c = pruneParts(c, allStates, shows)
	if len(c.States) == 1 {
		return c
	}
	for i := range c.States {
		c = pruneParts(c, i, shows)
	}
	return c
}

// allStates stands for every state of a case.
const allStates = -1

func pruneParts(c Case, state int, shows still) Case {
	for at := 0; ; {
		next, ok := c.without(state, at)
		switch {
		case !ok:
			return c
		case !next.valid() || !shows(next):
			at++
		default:
			c = next
		}
	}
}

func (c Case) clone() Case {
	next := Case{States: slices.Clone(c.States)}
	for i := range next.States {
		next.States[i].World = next.States[i].World.Clone()
		next.States[i].Flows = slices.Clone(next.States[i].Flows)
	}
	return next
}

// valid reports whether every world is, and every flow can be asked.
func (c Case) valid() bool {
	for _, s := range c.States {
		if s.World.Validate() != nil {
			return false
		}
		for _, f := range s.Flows {
			if s.World.ValidateFlow(f) != nil {
				return false
			}
		}
	}
	return true
}

// without leaves out the n-th part of the world of a state, or of all; it reports false
// when there are no more.
func (c Case) without(state, n int) (Case, bool) {
	next, some := c.clone(), false
	for i := range next.States {
		k := n
		if state == allStates || state == i {
			some = leaveOut(reflect.ValueOf(&next.States[i].World).Elem(), &k) || some
		}
	}
	return next, some
}

// leaveOut counts the parts of a value down to n and leaves that one out: an element
// of a list, the target of a pointer, or a field that is not zero. Names are no parts.
func leaveOut(v reflect.Value, n *int) bool {
	switch v.Kind() {
	case reflect.Struct:
		return leaveOutField(v, n)
	case reflect.Pointer:
		if v.IsNil() {
			return false
		}
		if zero(v, n) {
			return true
		}
		return leaveOut(v.Elem(), n)
	case reflect.Slice:
		for i := range v.Len() {
			if *n == 0 {
				v.Set(reflect.AppendSlice(v.Slice3(0, i, i), v.Slice(i+1, v.Len())))
				return true
			}
			*n--
			if leaveOut(v.Index(i), n) {
				return true
			}
		}
	default:
	}
	return false
}

func leaveOutField(v reflect.Value, n *int) bool {
	for i := range v.NumField() {
		f := v.Field(i)
		if !v.Type().Field(i).IsExported() || v.Type().Field(i).Name == "Name" {
			continue
		}
		switch f.Kind() {
		case reflect.Struct, reflect.Pointer, reflect.Slice:
			if leaveOut(f, n) {
				return true
			}
		default:
		}
		if f.Kind() != reflect.Slice && f.Kind() != reflect.Pointer && !f.IsZero() && zero(f, n) {
			return true
		}
	}
	return false
}

func zero(v reflect.Value, n *int) bool {
	if *n == 0 {
		v.SetZero()
		return true
	}
	*n--
	return false
}
