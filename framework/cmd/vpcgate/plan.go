package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/topology"
)

func planCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "plan WORLD.yaml", Short: "check an address plan, and suggest free blocks", Args: cobra.ExactArgs(1),
		Long: "plan reads a world as YAML and checks it against the documented rules of address planning: every conflicting\n" +
			"pair is named with its rule and free blocks that would do instead. It then says what is legal and unwise. It needs\n" +
			"no privilege and changes nothing. It exits 0 for a plan that the platform would accept, 1 for one it would refuse.",
		RunE: func(c *cobra.Command, args []string) error {
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			text, err := readForm(args[0])
			if err != nil {
				return err
			}
			w, err := topology.ParseYAML(text)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			p := planOf(w)
			if output == "json" {
				err = encodeJSON(c.OutOrStdout(), p)
			} else {
				err = p.print(c.OutOrStdout())
			}
			if err != nil {
				return failed(err)
			}
			if p.Result != planAccepted {
				return &exitError{status: exitFailure}
			}
			return nil
		},
	}
	addOutputFlag(c, "text", "json")
	return c
}

// planResult is what the platform would say of a plan.
type planResult string

const (
	planAccepted planResult = "accepted"
	planRefused  planResult = "refused"
)

// plan is a checked address plan.
type plan struct {
	World    string        `json:"world"`
	Result   planResult    `json:"result"`
	Problems []planProblem `json:"problems"`
	Advice   []planAdvice  `json:"advice"`
}

// planProblem is one conflicting pair, or another thing that is wrong, and which
// blocks would do instead.
type planProblem struct {
	Place   string          `json:"place,omitempty"`
	What    string          `json:"what"`
	Rule    topology.RuleID `json:"rule,omitempty"`
	Instead []netip.Prefix  `json:"instead,omitempty"`
}

type planAdvice struct {
	Place  string `json:"place,omitempty"`
	What   string `json:"what"`
	Source string `json:"source"`
}

func planOf(w topology.World) plan {
	p := plan{World: w.Name, Result: planAccepted, Problems: []planProblem{}, Advice: []planAdvice{}}
	instead := map[topology.Problem][]netip.Prefix{}
	for _, s := range topology.Suggest(w) {
		instead[s.Problem] = s.Choices
	}
	for _, x := range topology.Problems(w.Validate()) {
		p.Result = planRefused
		p.Problems = append(p.Problems, planProblem{Place: x.Place, What: x.What, Rule: x.Rule, Instead: instead[x]})
	}
	for _, a := range topology.Advise(w) {
		p.Advice = append(p.Advice, planAdvice{Place: a.Place, What: a.What, Source: a.Source})
	}
	return p
}

func (p plan) print(out io.Writer) error {
	var b strings.Builder
	for _, x := range p.Problems {
		fmt.Fprintf(&b, "refused  %s: %s\n", x.Place, x.What)
		if x.Rule != "" {
			fmt.Fprintf(&b, "         rule     %s\n", x.Rule)
		}
		if len(x.Instead) > 0 {
			fmt.Fprintf(&b, "         instead  %s\n", blocks(x.Instead))
		}
	}
	for _, a := range p.Advice {
		fmt.Fprintf(&b, "advice   %s: %s\n         source   %s\n", a.Place, a.What, a.Source)
	}
	fmt.Fprintf(&b, "plan %s: %s; %d problems, %d pieces of advice\n", p.World, p.Result, len(p.Problems), len(p.Advice))
	_, err := io.WriteString(out, b.String())
	return err
}

func blocks(ps []netip.Prefix) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
