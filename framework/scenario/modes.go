package scenario

import (
	"reflect"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// modesForm is a PerMode as a YAML form writes it: both, or each mode's own.
type modesForm[F any] struct {
	Both   *F `yaml:"both,omitempty"`
	Tunnel *F `yaml:"tunnel,omitempty"`
	Routed *F `yaml:"routed,omitempty"`
}

// modesOf writes a PerMode; nil if there is nothing in either mode. asForm returns nil
// for nothing.
func modesOf[T, F any](p PerMode[T], asForm func(T) *F) *modesForm[F] {
	tunnel, routed := asForm(p.Tunnel), asForm(p.Routed)
	switch {
	case tunnel == nil && routed == nil:
		return nil
	case reflect.DeepEqual(tunnel, routed):
		return &modesForm[F]{Both: tunnel}
	}
	return &modesForm[F]{Tunnel: tunnel, Routed: routed}
}

// perMode reads what modesOf wrote. A mode's own goes before both.
func perMode[T, F any](p *modesForm[F], value func(F) T) PerMode[T] {
	var all PerMode[T]
	if p == nil {
		return all
	}
	for _, one := range []struct {
		from *F
		into *T
	}{{p.Both, &all.Tunnel}, {p.Both, &all.Routed}, {p.Tunnel, &all.Tunnel}, {p.Routed, &all.Routed}} {
		if one.from != nil {
			*one.into = value(*one.from)
		}
	}
	return all
}

func changeForm(c change.Change) *change.Form {
	if c == nil {
		return nil
	}
	return &change.Form{Change: c}
}

func changeOf(f change.Form) change.Change { return f.Change }

func changesForm(all []change.Change) *[]change.Form {
	if all == nil {
		return nil
	}
	forms := make([]change.Form, len(all))
	for i, c := range all {
		forms[i] = change.Form{Change: c}
	}
	return &forms
}

func changesOf(forms []change.Form) []change.Change {
	all := make([]change.Change, len(forms))
	for i, f := range forms {
		all[i] = f.Change
	}
	return all
}

func verdictForm(v verdict.Verdict) *verdict.Form {
	if v == (verdict.Verdict{}) {
		return nil
	}
	return &verdict.Form{Verdict: v}
}

func verdictOf(f verdict.Form) verdict.Verdict { return f.Verdict }

func listForm[T any](all []T) *[]T {
	if all == nil {
		return nil
	}
	return &all
}

func listOf[T any](all []T) []T { return all }
