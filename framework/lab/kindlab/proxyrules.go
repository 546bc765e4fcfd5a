package kindlab

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What kube-proxy has written on a node is read there. Asking flows instead would
// not tell a Service that is not written yet from one that a world breaks.

// proxyRules are the rules of the world's Services, by node, each as a sorted
// list of short sentences.
type proxyRules map[string][]string

func (p proxyRules) equal(other proxyRules) bool {
	return other != nil && maps.EqualFunc(p, other, func(a, b []string) bool { return slices.Equal(a, b) })
}

// expectedRules lists what kube-proxy in iptables mode writes on each node for
// the Services of a world whose pods have their addresses.
func expectedRules(c topology.Cluster) proxyRules {
	all := proxyRules{}
	for _, n := range c.Nodes {
		rules := []string{}
		for _, s := range c.Services {
			rules = append(rules, rulesOn(c, n.Name, s)...)
		}
		slices.Sort(rules)
		all[n.Name] = rules
	}
	return all
}

func rulesOn(c topology.Cluster, node string, s topology.Service) []string {
	name := plain(s.Name)
	front := fmt.Sprintf("%s: %s/%d", name, s.Address, s.Port)
	outside := fmt.Sprintf("%s: node port %d", name, s.NodePort)
	var ends, local []string
	for _, p := range c.Pods {
		if !slices.Contains(s.Backends, p.Name) {
			continue
		}
		address := p.Address
		if n := c.Node(p.Node); p.HostNetwork && n != nil {
			address = n.NIC.Address
		}
		if !address.IsValid() {
			continue
		}
		end := netip.AddrPortFrom(address, s.TargetPort)
		ends = append(ends, fmt.Sprintf("%s: to %s", name, end))
		if p.Node == node {
			local = append(local, fmt.Sprintf("%s: locally to %s", name, end))
		}
	}
	if len(ends) == 0 {
		rules := []string{front + " rejected"}
		if s.NodePort != 0 {
			rules = append(rules, outside+" rejected")
		}
		return rules
	}
	rules := append(ends, front)
	switch {
	case s.NodePort == 0:
	case s.Policy != topology.LocalPolicy:
		rules = append(rules, outside, name+": masqueraded")
	case len(local) == 0:
		rules = append(rules, outside, outside+" dropped")
	default:
		rules = append(append(rules, outside), local...)
	}
	return rules
}

// Parts of a rule as iptables-save writes it.
var (
	ruleComment = regexp.MustCompile(`--comment "([^"]*)"`)
	ruleChain   = regexp.MustCompile(`^-A (KUBE-[A-Z]+)`)
	ruleTo      = regexp.MustCompile(` -d ([0-9.]+)/32 `)
	rulePort    = regexp.MustCompile(` --dport ([0-9]+)`)
	ruleService = regexp.MustCompile(regexp.QuoteMeta(namespace) + `/([a-z0-9-]+):` + worldServicePort + `(.*)$`)
)

// readRules finds the rules of our Services in what iptables-save prints.
func readRules(saved string) []string {
	rules := []string{}
	for line := range strings.Lines(saved) {
		if rule := readRule(strings.TrimSpace(line)); rule != "" {
			rules = append(rules, rule)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

func readRule(line string) string {
	comment := group(ruleComment, line)
	service := ruleService.FindStringSubmatch(comment)
	if service == nil {
		return ""
	}
	name, rest := service[1], strings.TrimSpace(service[2])
	chain, to, port := group(ruleChain, line), group(ruleTo, line), group(rulePort, line)
	front := name + ": node port " + port
	if to != "" {
		front = name + ": " + to + "/" + port
	}
	switch {
	case rest == "has no endpoints":
		return front + " rejected"
	case rest == "has no local endpoints":
		return front + " dropped"
	case rest == "cluster IP" && chain == "KUBE-SERVICES":
		return front
	case chain == "KUBE-NODEPORTS" && to == "" && !strings.Contains(line, " -d 127.0.0.0/8 "):
		return front
	case chain == "KUBE-SVC" && strings.HasPrefix(rest, "-> "):
		return name + ": to " + strings.TrimPrefix(rest, "-> ")
	case chain == "KUBE-SVL" && strings.HasPrefix(rest, "-> "):
		return name + ": locally to " + strings.TrimPrefix(rest, "-> ")
	case strings.HasPrefix(comment, "masquerade traffic for "):
		return name + ": masqueraded"
	default:
		return ""
	}
}

func group(r *regexp.Regexp, text string) string {
	if m := r.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// awaitRules waits until a node has exactly the wanted rules of our Services.
func (l *Lab) awaitRules(ctx context.Context, n *node, wanted []string) error {
	return poll.Until(ctx, l.options.Timing.StatePoll/5, func(ctx context.Context) (bool, string, error) {
		saved, err := l.look(ctx, n.container, n.pid, "iptables-save")
		if err != nil {
			return false, err.Error(), nil
		}
		there := readRules(saved)
		if slices.Equal(there, wanted) {
			return true, "", nil
		}
		return false, fmt.Sprintf("node %s has %q, want %q", n.name, there, wanted), nil
	})
}
