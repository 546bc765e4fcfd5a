package diagnose

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Diagnosis is what a walk found: the layer at fault, where and by which rule,
// and what to do about it in the page's terms. Layer is empty when the flow was
// reached, and when the evidence names no layer.
type Diagnosis struct {
	Flow    topology.Flow   `json:"flow"`
	Verdict verdict.Verdict `json:"verdict"`
	Layer   Layer           `json:"layer,omitempty"`
	Hop     string          `json:"hop,omitempty"`
	Rule    string          `json:"rule,omitempty"`
	Remedy  string          `json:"remedy,omitempty"`
	Steps   []Step          `json:"steps"`
}

// Step is one look: at a layer, or at the answer to a further flow.
type Step struct {
	Layer Layer `json:"layer,omitempty"`
	// Asked and Answer are set where a flow was asked for this step.
	Asked  *topology.Flow   `json:"asked,omitempty"`
	Answer *verdict.Verdict `json:"answer,omitempty"`
	// Found says in one line what was seen.
	Found string `json:"found"`
}

// errNoAnswer is the error of a walk whose flow could not be asked.
var errNoAnswer = errors.New("the flow has no answer to diagnose")

// Walk asks a lab a flow and finds the layer at fault. It fails when the lab
// does, and when the lab's answer is that it does not know; a flow that no layer
// can be blamed for is a Diagnosis without one.
func Walk(ctx context.Context, l lab.Lab, f topology.Flow) (Diagnosis, error) {
	w := &walk{lab: l, world: l.World(), flow: f}
	if err := w.ask(ctx); err != nil {
		return Diagnosis{}, fmt.Errorf("diagnose %s: %w", f, err)
	}
	d := Diagnosis{Flow: f, Verdict: w.answer}
	if !w.answer.Positive() {
		w.blame()
		if err := w.askFurther(ctx); err != nil {
			return Diagnosis{}, fmt.Errorf("diagnose %s: %w", f, err)
		}
		w.look()
		d.Layer, d.Hop, d.Rule = w.layer, w.hop, w.rule
		d.Remedy = w.remedy()
	}
	d.Steps = w.steps
	return d, nil
}

// walk is one diagnosis under way.
type walk struct {
	lab   lab.Lab
	world topology.World
	flow  topology.Flow
	// from and to are the flow's ends, to after names were resolved.
	from, to topology.Endpoint
	port     uint16
	answer   verdict.Verdict
	// source is the client's address as it was last seen on the way.
	source netip.Addr
	// layer, hop and rule are what is blamed.
	layer     Layer
	hop, rule string
	// node and ping are the answers to the further flows, zero where none was asked.
	node, ping verdict.Verdict
	steps      []Step
}

func (w *walk) ask(ctx context.Context) error {
	o, err := w.lab.Ask(ctx, w.flow)
	if err != nil {
		return err
	}
	if o.Verdict.Kind == verdict.KindInconclusive || o.Verdict.Kind == "" {
		return fmt.Errorf("%w: %s", errNoAnswer, o.Verdict)
	}
	target := w.world.Target(w.flow)
	w.from, _ = w.world.Endpoint(w.flow.From)
	w.to, _ = w.world.Endpoint(target.To)
	w.port, w.answer = target.Port, o.Verdict
	w.source = w.sourceOf(o)
	w.note(Step{Asked: &w.flow, Answer: &o.Verdict, Found: o.Verdict.String()})
	if target.To != w.flow.To {
		w.note(Step{Found: fmt.Sprintf("%s leads to %s (%s): is that who was meant?", w.flow.To, w.to.Name, w.to.Address)})
	}
	w.hop, _ = w.answer.Cause()
	w.rule = counted(o)
	w.lookBehindEndpoint()
	return nil
}

func (w *walk) note(s Step) { w.steps = append(w.steps, s) }

// counted is the dropping rule whose counter moved; the verdict's, if it is
// among several. A rule that nothing counted for is no evidence.
func counted(o verdict.Observation) string {
	_, cause := o.Verdict.Cause()
	for _, c := range o.Evidence.Rules {
		if c.Rule == cause && c.Packets > 0 {
			return c.Rule
		}
	}
	for _, c := range o.Evidence.Rules {
		if c.Packets > 0 {
			return c.Rule
		}
	}
	return ""
}

// sourceOf is the client's address as the last hop saw it; where nothing was
// sighted, what the cluster's own settings make of it.
func (w *walk) sourceOf(o verdict.Observation) netip.Addr {
	var seen netip.Addr
	for _, s := range o.Evidence.Sightings {
		if s.Way == verdict.Request && s.Packets > 0 {
			seen = s.Client
		}
	}
	switch {
	case seen.IsValid():
		return seen
	case w.from.Kind == topology.KindPod && w.from.Cluster.Masquerades(w.to.Address):
		return w.from.Attached.Address
	default:
		return w.from.Address
	}
}

// lookBehindEndpoint takes the address that a translator has in the client's place
// for the client's, where what ended the flow is behind it.
func (w *walk) lookBehindEndpoint() {
	if w.to.Kind != topology.KindTranslator {
		return
	}
	for _, t := range w.world.Translators {
		if t.Target == w.part(1) {
			w.source = t.Source
		}
	}
}

// blame names the layer that the evidence points to.
func (w *walk) blame() {
	if w.layer = layerOf(w.rule); w.rule == "" {
		w.layer = layerOfAnswer(w.answer)
	}
	part := strings.Split(w.rule, "/")
	switch {
	case w.answer.Kind == verdict.KindReplyLost && w.rule == "" && !w.hasEngine(w.hop):
		// Somebody else has the client's address where the reply went.
		w.layer = AddressPlan
	case w.answer.Kind == verdict.KindMisdelivered && w.roommate():
		w.layer = Server
	case w.layer == Server && w.rule != "" && isNode(&w.world, w.hop):
		// A firewall of a node is the node's.
		w.layer = Node
	case part[len(part)-1] == "no-such-container" && w.strayed(), w.strangersGroup() != "":
		w.layer = Route
	case w.layer == Route && w.answer.Kind == verdict.KindDropped && w.unanswerable() != "":
		w.layer = Address
	}
}

func (w *walk) hasEngine(machine string) bool {
	h, known := w.world.Host(machine)
	return known && len(w.world.EngineNetworks(h)) > 0
}

// roommate reports whether who answered has the destination's address by right: a node
// and its pods on the host network share one, with its ports.
func (w *walk) roommate() bool {
	by, known := w.world.Endpoint(w.answer.By)
	return known && by.Machine == w.to.Machine && by.Address == w.to.Address
}

// strayed reports whether the node that has no such container belongs to the
// cluster of the pod that was looked for: then its block was led to the wrong
// node, and nobody else's addresses are in the way.
func (w *walk) strayed() bool {
	sought := w.to
	if w.answer.Kind == verdict.KindReplyLost {
		sought = w.from
	}
	home := clusterOf(&w.world, w.hop)
	return home != nil && sought.Cluster != nil && sought.Cluster.Name == home.Name && sought.Machine != w.hop
}

// strangersGroup names the host whose security group dropped the flow though the
// host has no part in it: a route led the packet there. It is empty where the group
// is that of an end, of a node, or of somebody who serves for the one addressed.
func (w *walk) strangersGroup() string {
	name := w.part(1)
	h, known := w.world.Host(name)
	if w.layer != SecurityGroup || w.part(2) != string(topology.Ingress) || !known || h.Name == w.from.Machine || h.Name == w.to.Machine {
		return ""
	}
	if t, found := w.world.Translator(w.to.Name); found && t.Target == h.Name {
		return ""
	}
	if b, found := w.world.LoadBalancer(w.to.Name); found && slices.ContainsFunc(b.Backends, func(x topology.Backend) bool { return x.Machine == h.Name }) {
		return ""
	}
	server, _ := w.world.ServerOf(w.flow)
	if slices.ContainsFunc(w.world.Brokers(server.Name), func(b topology.Host) bool { return b.Name == h.Name }) {
		return ""
	}
	return h.Name
}

// unanswerable says why nobody can ever be answered at the destination in this
// way, or nothing.
func (w *walk) unanswerable() string {
	switch {
	case w.to.Kind == topology.KindService && w.flow.Protocol == topology.ICMP:
		return "a cluster IP answers on its ports and never to ping"
	case w.to.Kind == topology.KindService && (w.from.Cluster == nil || w.from.Cluster.Name != w.to.Cluster.Name):
		return "a cluster IP is known inside its cluster only"
	case w.to.Kind == topology.KindPod && w.to.Cluster.Mode == topology.Tunnel && (w.from.Cluster == nil || w.from.Cluster.Name != w.to.Cluster.Name):
		return "a pod's address in tunnel mode is known inside its cluster only"
	case w.part(0) == "dcs" && w.part(2) == "one-vpc":
		return "an instance of several shards serves clients of its own VPC only"
	case w.answer.Code == verdict.OtherProtocol:
		return "it does not speak " + string(w.flow.Use)
	default:
		return ""
	}
}

// look notes, layer by layer in the page's order, that nothing speaks against a
// layer, until it comes to the one that is blamed.
func (w *walk) look() {
	if w.layer == "" {
		w.note(Step{Found: "no layer recorded anything: " + w.answer.String()})
		return
	}
	for _, layer := range Order() {
		if layer != w.layer {
			w.note(Step{Layer: layer, Found: w.nothing(layer)})
			continue
		}
		w.note(Step{Layer: layer, Found: w.finding()})
		return
	}
}

// nothing says that a layer recorded nothing, and where this does not clear it: of
// the peer's own layers, one that the packet did not come to has nothing to record.
func (w *walk) nothing(l Layer) string {
	if w.answer.Kind == verdict.KindDropped && slices.Contains([]Layer{SecurityGroup, Whitelist, Engine}, l) {
		return "nothing was recorded here, which the packet may not have come to"
	}
	return "nothing was recorded here"
}

func (w *walk) finding() string {
	switch {
	case w.layer == Address:
		return w.unanswerable()
	case w.rule != "":
		return fmt.Sprintf("%s counted at %s", w.rule, w.hop)
	default:
		return w.answer.String()
	}
}

// outsiders lists the hosts of a subnet, which can be asked from in the place of
// what cannot.
func (w *walk) outsiders(subnet string) []string {
	var all []string
	for _, h := range w.world.Hosts {
		if h.NIC.Subnet == subnet {
			all = append(all, h.Name)
		}
	}
	return slices.Clip(all)
}
