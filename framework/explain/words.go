package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/travel"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// words says what ended a flow: what its rule is, or the answer itself.
func words(w *topology.World, seen verdict.Observation) string {
	v := seen.Verdict
	hop, rule := v.Cause()
	part := strings.Split(rule, "/")
	if rule == "" || len(part) < 2 {
		return answer(v)
	}
	steps := seen.Path.Forth
	if v.Kind == verdict.KindReplyLost {
		steps = seen.Path.Back
	}
	p := travel.At(w, steps, hop, rule)
	name, last := part[1], part[len(part)-1]
	switch part[0] {
	case "sg":
		return groupWords(w, part) + whom(steps, p, part[2])
	case "acl":
		if last == "default-deny" {
			return fmt.Sprintf("no %s rule of network ACL %s matches at the border of subnet %s", part[3], name, part[2]) + whom(steps, p, part[3])
		}
		return fmt.Sprintf("rule %s of network ACL %s denies it at the border of subnet %s", last, name, part[2]) + whom(steps, p, part[3])
	case "whitelist":
		return fmt.Sprintf("the access control of %s does not admit whom it sees, %s", name, p.Source)
	case "rt":
		return fmt.Sprintf("no route of table %s leads to %s", name, p.Destination)
	case "engine":
		return fmt.Sprintf("the network %s of the container engine on %s holds %s", last, name, p.Destination)
	case "policy":
		return fmt.Sprintf("the network policy %s does not allow it", last)
	case "service":
		return fmt.Sprintf("the traffic policy of Service %s is Local, and no backend is on %s", name, part[2])
	default:
		return lastWords(name, last, part)
	}
}

// whom says what a rule sees of a packet: from whom what comes in is, and to whom what
// goes out. Between nodes it sees the overlay's packets, whatever is in them.
func whom(steps []verdict.Step, p travel.Packet, direction string) string {
	inOverlay := slices.ContainsFunc(steps, func(s verdict.Step) bool { return strings.HasPrefix(s.Did, "encapsulated ") })
	switch {
	case inOverlay:
		return ": the pods' packets are in UDP 4789 there"
	case !p.Known():
		return ""
	case direction == string(topology.Egress):
		return fmt.Sprintf(", to %s", p.Destination)
	default:
		return fmt.Sprintf(", from %s", p.Source)
	}
}

func groupWords(w *topology.World, part []string) string {
	nic, way := part[1], "inbound"
	if part[2] == string(topology.Egress) {
		way = "outbound"
	}
	if len(part) == 5 {
		return fmt.Sprintf("%s rule %s of security group %s denies it at %s", way, part[4], part[3], nic)
	}
	n, _ := w.NIC(nic)
	groups := strings.Join(n.SecurityGroups, ", ")
	if groups == "" {
		groups = "any group"
	}
	return fmt.Sprintf("no %s rule of %s matches at %s", way, groups, nic)
}

// lastWords says what rules are that are told by their last part.
func lastWords(name, last string, part []string) string {
	texts := map[string]string{
		"no-such-address":    "a subnet of %s holds the address, and nobody has it",
		"invalid-state":      "the router of %s never saw the request that this answers",
		"source-check":       "the source/destination check of %s drops what is not in its own name",
		"ip-forward":         "%s forwards nothing",
		"conntrack-full":     "the connection tracking table of %s is full",
		"frag-needed":        "%s loses the message that a packet is too big",
		"masqueraded-reply":  "%s gives the reply of its pod its own address",
		"no-such-container":  "the container network of %s holds the address, and no pod has it",
		"not-forwarded":      "%s gets what is not addressed to it",
		"reverse-path":       "the reverse-path filter of %s drops what its answer would not go back to",
		"pending":            "the peering %s was not accepted yet",
		"not-transitive":     "what came over %s does not leave over another connection",
		"overlap":            "the VPCs of %s overlap, and so does the route",
		"shadowed":           "a VPN's route overlaps that over %s",
		"no-snat-rule":       "no SNAT rule of %s selects the source",
		"too-big":            "the tunnel of %s does not carry so large a packet",
		"no-healthy-backend": "no backend of %s answers its health check",
		"forbidden-source":   "%s serves no client of this block across a peering",
		"one-vpc":            "%s serves clients of its own VPC only",
	}
	if len(part) == 4 && part[2] == "firewall" {
		return fmt.Sprintf("rule %s of the firewall of %s drops it", last, name)
	}
	if text, known := texts[last]; known {
		return fmt.Sprintf(text, name)
	}
	return strings.Join(part, "/")
}

// answer says what an answer without a rule means.
func answer(v verdict.Verdict) string {
	switch {
	case v.Kind == verdict.KindRefused:
		return "nothing listens there"
	case v.Kind == verdict.KindMisdelivered:
		return v.By + " has the address as well, and answers"
	case v.Kind == verdict.KindReplyLost:
		return fmt.Sprintf("%s sends the reply elsewhere", v.Hop)
	case v.Code == verdict.NoEndpoints:
		return "the Service has no backend"
	case v.Code == verdict.NoSuchName:
		return "the DNS knows no such name"
	case v.Code == verdict.NoAddress:
		return "the pod has no address: the blocks of its node are used up"
	case v.Code == verdict.WrongPassword:
		return fmt.Sprintf("%s was reached and refuses the password", v.By)
	case v.Code == verdict.NotListed:
		return fmt.Sprintf("%s was reached, and its access control does not list whom it sees", v.By)
	case v.Code == verdict.OtherProtocol:
		return fmt.Sprintf("%s was reached and speaks another protocol", v.By)
	default:
		return v.String()
	}
}
