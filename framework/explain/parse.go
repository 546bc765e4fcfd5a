package explain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// form is what a flow is written like.
const form = "write FROM TO HOW, such as \"pod-a ecs-25 tcp/80\", \"pod-a -> cache redis\" or \"pod-a → ecs-25 icmp\""

// ParseFlow reads a flow of a world: as flows print themselves, "pod-a → ecs-25 tcp/80",
// or in ASCII, "pod-a ecs-25 tcp 80" and "pod-a -> ecs-25 tcp/80". How is icmp (or
// ping), dns, tcp or udp with a port, or the use of a managed service: redis, mysql,
// kafka, amqp or https, whose port may be left out. A tcp flow may end in "established"
// or in a number and "bytes". It returns all problems at once.
func ParseFlow(w topology.World, text string) (topology.Flow, error) {
	words := strings.Fields(text)
	if len(words) > 1 && (words[1] == "→" || words[1] == "->") {
		words = slices.Delete(words, 1, 2)
	}
	if len(words) < 3 {
		return topology.Flow{}, fmt.Errorf("flow %q: it has too few words; %s", text, form)
	}
	f := topology.Flow{From: words[0], To: words[1]}
	how, port, problem := howOf(words[2])
	problems := []error{checkNames(w, f), problem}
	f.Protocol, f.Use = how.protocol, how.use
	rest := words[3:]
	if port == "" && len(rest) > 0 && how.hasPort() && (len(rest) == 1 || rest[1] != "bytes") {
		if _, err := strconv.Atoi(rest[0]); err == nil {
			port, rest = rest[0], rest[1:]
		}
	}
	if problem == nil { // else nobody knows what may follow
		var after error
		f.Port, after = how.port(port)
		problems = append(problems, after, options(&f, rest))
	}
	if err := errors.Join(problems...); err != nil {
		return topology.Flow{}, fmt.Errorf("flow %q: %w", text, err)
	}
	if err := w.ValidateFlow(f); err != nil {
		return topology.Flow{}, err
	}
	return f, nil
}

// checkNames says which ends the world does not have, and which are like them.
func checkNames(w topology.World, f topology.Flow) error {
	var froms, tos []string
	for _, e := range w.Endpoints() {
		froms = append(froms, e.Name)
	}
	for _, e := range w.Destinations() {
		tos = append(tos, e.Name)
	}
	for _, n := range w.Names {
		tos = append(tos, n.Name)
	}
	var problems []error
	if !slices.Contains(froms, f.From) {
		problems = append(problems, fmt.Errorf("nobody called %q can ask in world %s; %s", f.From, w.Name, config.Suggest(f.From, froms)))
	}
	if !slices.Contains(tos, f.To) {
		problems = append(problems, fmt.Errorf("nobody called %q can be asked in world %s; %s", f.To, w.Name, config.Suggest(f.To, tos)))
	}
	return errors.Join(problems...)
}

// how is what a flow speaks.
type how struct {
	protocol topology.Protocol
	use      topology.Use
}

func (h how) hasPort() bool { return h.protocol == topology.TCP || h.protocol == topology.UDP }

// usual is the port of a use; zero for anything else.
func (h how) usual() uint16 {
	for _, k := range topology.ManagedKinds() {
		if h.use != "" && k.Use() == h.use {
			return k.Port()
		}
	}
	return 0
}

// howOf reads "tcp", "tcp/80", "ping", "redis/6379".
func howOf(word string) (how, string, error) {
	name, port, slash := strings.Cut(word, "/")
	known := []string{"icmp", "ping", "tcp", "udp", "dns"}
	for _, u := range topology.Uses() {
		known = append(known, string(u))
	}
	var h how
	switch {
	case name == "ping":
		h.protocol = topology.ICMP
	case slices.Contains(topology.Uses(), topology.Use(name)):
		h.protocol, h.use = topology.TCP, topology.Use(name)
	case slices.Contains(known, name):
		h.protocol = topology.Protocol(name)
	default:
		return h, "", fmt.Errorf("nothing speaks %q; %s", name, config.Suggest(name, known))
	}
	if slash && port == "" {
		return h, "", fmt.Errorf("%q has no port behind the slash", word)
	}
	if slash && !h.hasPort() {
		return h, "", fmt.Errorf("%s has no port, such as %s", name, port)
	}
	return h, port, nil
}

func (h how) port(text string) (uint16, error) {
	if text == "" {
		return h.usual(), nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no port; it is a number from 1 to 65535", text)
	}
	return uint16(n), nil
}

// options reads what may follow: "established", or a number and "bytes".
func options(f *topology.Flow, words []string) error {
	for len(words) > 0 {
		switch {
		case words[0] == "established" && !f.Live:
			f.Live, words = true, words[1:]
		case len(words) > 1 && words[1] == "bytes" && f.Bytes == 0:
			n, err := strconv.Atoi(words[0])
			if err != nil || n <= 0 {
				return fmt.Errorf("%q is no number of bytes", words[0])
			}
			f.Bytes, words = n, words[2:]
		default:
			return fmt.Errorf("what does %q mean? %s", strings.Join(words, " "), form)
		}
	}
	return nil
}
