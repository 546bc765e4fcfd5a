package change

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// ErrNoChange is matched by the error of an edit that left the world as it was.
var ErrNoChange = errors.New("the change changes nothing")

// ErrRefused is matched by the error of a change that the platform never allows,
// whatever world it would lead to. topology.Violations lists the rule.
var ErrRefused = errors.New("the platform refuses it")

// Change is a pure edit of a world.
type Change interface {
	// Apply edits the given copy in place. It fails when what it edits is not
	// there; the copy is then thrown away.
	Apply(w *topology.World) error
	// String says in one line what the change does, as a report shows it.
	String() string
}

// Edit returns the changed copy of a world. The given world is never touched.
// An edit that changes nothing is an error that matches ErrNoChange.
func Edit(w topology.World, c Change) (topology.World, error) {
	edited := w.Clone()
	if err := c.Apply(&edited); err != nil {
		return topology.World{}, fmt.Errorf("change %q of world %s: %w", c, w.Name, err)
	}
	if reflect.DeepEqual(w, edited) {
		return topology.World{}, fmt.Errorf("change %q of world %s: %w", c, w.Name, ErrNoChange)
	}
	return edited, nil
}

// Request asks the platform for a change. One that it never allows changes
// nothing: the world comes back as it was, with the refusal, which matches
// ErrRefused. err is every other error of Edit.
func Request(w topology.World, c Change) (after topology.World, refusal, err error) {
	after, err = Edit(w, c)
	if errors.Is(err, ErrRefused) {
		return w.Clone(), err, nil
	}
	return after, nil, err
}

// Changes applies several changes as one.
type Changes []Change

// All joins changes into one.
func All(cs ...Change) Changes { return cs }

// Apply implements Change.
func (cs Changes) Apply(w *topology.World) error {
	for _, c := range cs {
		if err := c.Apply(w); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

// String implements Change.
func (cs Changes) String() string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.String()
	}
	return strings.Join(parts, "; ")
}

// AdmitRule adds a rule to a security group.
type AdmitRule struct {
	Group string
	Rule  topology.SecurityGroupRule
}

// Apply implements Change. A rule of the same name must not exist.
func (c AdmitRule) Apply(w *topology.World) error {
	g, err := group(w, c.Group)
	if err != nil {
		return err
	}
	if ruleIndex(g, c.Rule.Name) >= 0 {
		return fmt.Errorf("security group %s has a rule %q already", c.Group, c.Rule.Name)
	}
	g.Rules = append(g.Rules, c.Rule)
	return nil
}

// String implements Change.
func (c AdmitRule) String() string {
	return fmt.Sprintf("add rule %s to security group %s", c.Rule, c.Group)
}

// RevokeRule removes a rule from a security group.
type RevokeRule struct{ Group, Rule string }

// Apply implements Change.
func (c RevokeRule) Apply(w *topology.World) error {
	g, err := group(w, c.Group)
	if err != nil {
		return err
	}
	i := ruleIndex(g, c.Rule)
	if i < 0 {
		return fmt.Errorf("security group %s has no rule %q; it has %s", c.Group, c.Rule, ruleNames(g))
	}
	g.Rules = slices.Delete(g.Rules, i, i+1)
	return nil
}

// String implements Change.
func (c RevokeRule) String() string {
	return fmt.Sprintf("remove rule %s from security group %s", c.Rule, c.Group)
}

// JoinGroups replaces the security groups of a host's or node's NIC.
type JoinGroups struct {
	Machine string
	Groups  []string
}

// Apply implements Change.
func (c JoinGroups) Apply(w *topology.World) error {
	n, err := nic(w, c.Machine)
	if err != nil {
		return err
	}
	for _, name := range c.Groups {
		if _, err := group(w, name); err != nil {
			return err
		}
	}
	n.SecurityGroups = slices.Clone(c.Groups)
	return nil
}

// String implements Change.
func (c JoinGroups) String() string {
	return fmt.Sprintf("put %s into %s", c.Machine, strings.Join(c.Groups, ", "))
}

// StopListening closes a port of a host, node or pod. An instance of a managed
// service that closes its port is stopped.
type StopListening struct {
	Endpoint string
	Listener topology.Listener
}

// Apply implements Change.
func (c StopListening) Apply(w *topology.World) error {
	if m := serving(w, c.Endpoint, c.Listener); m != nil && !m.Stopped {
		m.Stopped = true
		return nil
	}
	ls, err := listeners(w, c.Endpoint)
	if err != nil {
		return err
	}
	i := slices.Index(*ls, c.Listener)
	if i < 0 {
		return fmt.Errorf("%s does not listen on %s/%d", c.Endpoint, c.Listener.Protocol, c.Listener.Port)
	}
	*ls = slices.Delete(*ls, i, i+1)
	return nil
}

// String implements Change.
func (c StopListening) String() string {
	return fmt.Sprintf("stop %s listening on %s/%d", c.Endpoint, c.Listener.Protocol, c.Listener.Port)
}

// StartListening opens a port of a host, node or pod, or starts an instance again.
type StartListening struct {
	Endpoint string
	Listener topology.Listener
}

// Apply implements Change.
func (c StartListening) Apply(w *topology.World) error {
	m := serving(w, c.Endpoint, c.Listener)
	if m != nil && m.Stopped {
		m.Stopped = false
		return nil
	}
	ls, err := listeners(w, c.Endpoint)
	if err != nil {
		return err
	}
	if m != nil || slices.Contains(*ls, c.Listener) {
		return fmt.Errorf("%s listens on %s/%d already", c.Endpoint, c.Listener.Protocol, c.Listener.Port)
	}
	*ls = append(*ls, c.Listener)
	return nil
}

// String implements Change.
func (c StartListening) String() string {
	return fmt.Sprintf("start %s listening on %s/%d", c.Endpoint, c.Listener.Protocol, c.Listener.Port)
}
