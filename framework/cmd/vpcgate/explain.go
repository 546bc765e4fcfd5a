package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/explain"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "explain WORLD.yaml FLOW", Short: "say what is in a flow's way, and what to do about it", Args: cobra.MinimumNArgs(2),
		Long: "explain reads a world as YAML, from a file or from standard input for \"-\", and says of a flow in it which way it\n" +
			"takes, forth and back, which rule allows it at each hop, everything that is in its way (not only what it meets\n" +
			"first), and the documented remedy for each. It computes this on paper, needs no privilege and changes nothing.\n\n" +
			"FLOW is FROM TO HOW, in one argument or several: \"pod-a → ecs-25 tcp/80\" as flows are printed, or in ASCII,\n" +
			"such as: pod-a ecs-25 tcp 80; pod-a ecs-25 ping; \"pod-a -> cache redis\"; pod-a app-server dns. HOW is icmp (or ping),\n" +
			"dns, tcp/PORT, udp/PORT, or the use of a managed service: redis, mysql, kafka, amqp or https.\n\n" +
			"It exits 0 when the flow is reached (as whom --seen-as names, if given), 1 when it is not, and 2 when the world or\n" +
			"the flow cannot be used.",
		Example: "  vpcgate explain fixtures/worlds/one-vpc.routed.yaml pod-a ecs-25 tcp/80\n" +
			"  vpcgate explain world.yaml pod-a ecs-25 ping -o svg > way.svg",
		RunE: func(c *cobra.Command, args []string) error {
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			seenAs, err := c.Flags().GetString("seen-as")
			if err != nil {
				return err
			}
			w, err := readWorld(args[0])
			if err != nil {
				return err
			}
			e, err := explained(c, w, strings.Join(args[1:], " "), seenAs)
			if err != nil {
				return err
			}
			if err := writeExplanation(c.OutOrStdout(), e, output); err != nil {
				return failed(err)
			}
			if e.Result != explain.Reached {
				return &exitError{status: exitFailure}
			}
			return nil
		},
	}
	addOutputFlag(c, "text", "json", "svg")
	c.Flags().String("seen-as", "", "the host, node or pod as whom the server has to see the client")
	return c
}

// readWorld reads a world that can be asked: one that the platform would accept.
func readWorld(path string) (topology.World, error) {
	text, err := readForm(path)
	if err != nil {
		return topology.World{}, err
	}
	w, err := topology.ParseYAML(text)
	if err != nil {
		return topology.World{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := w.Validate(); err != nil {
		return topology.World{}, fmt.Errorf("%s: the platform refuses this world, which \"vpcgate plan %s\" says more about: %w", path, path, err)
	}
	return w, nil
}

func explained(c *cobra.Command, w topology.World, flow, seenAs string) (explain.Explanation, error) {
	f, problem := explain.ParseFlow(w, flow)
	if _, known := w.Endpoint(seenAs); seenAs != "" && !known {
		var names []string
		for _, e := range w.Destinations() {
			names = append(names, e.Name)
		}
		problem = errors.Join(problem, fmt.Errorf("nobody called %q is in world %s; %s", seenAs, w.Name, config.Suggest(seenAs, names)))
	}
	if problem != nil {
		return explain.Explanation{}, problem
	}
	e, err := explain.Flow(c.Context(), labs.All().Oracle, w, f)
	e.Want(seenAs)
	return e, err
}

func writeExplanation(out io.Writer, e explain.Explanation, output string) (err error) {
	switch output {
	case "json":
		return encodeJSON(out, e)
	case "svg":
		_, err = io.WriteString(out, e.SVG())
	default:
		_, err = io.WriteString(out, e.Text())
	}
	return err
}
